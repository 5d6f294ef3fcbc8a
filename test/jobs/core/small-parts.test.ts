import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { chunkByBytes, recordBytes } from "../../../jobs/core/chunk";
import { loadConfig } from "../../../jobs/core/config";
import { deadLetter } from "../../../jobs/core/dead-letter";
import { createRegistry, serveHealth } from "../../../jobs/core/http";
import { createLog } from "../../../jobs/core/log";
import { murmur2, partitionFor } from "../../../jobs/core/partitioner";
import { formatSeoulTime, parseSeoulTime, parseSeoulTimeBytes } from "../../../jobs/core/seoul-time";
import { onShutdown } from "../../../jobs/core/shutdown";
import { Watchdog } from "../../../jobs/core/watchdog";

const directory = mkdtempSync(join(tmpdir(), "lab-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("murmur2", () => {
  // From Kafka's UtilsTest.
  test.each([
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ])("of %s", (text, hash) => {
    expect(murmur2(Buffer.from(text)) | 0).toBe(hash);
  });

  test("spreads the ten users over six partitions so that none has more than three", () => {
    const counts = new Map<number, number>();
    for (let user = 0; user < 10; user += 1) {
      const partition = partitionFor(String(user), 6);
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
    }
    expect([counts.size, Math.max(...counts.values())]).toEqual([6, 3]);
  });
});

describe("Seoul time", () => {
  test("is nine hours ahead of UTC", () => {
    expect(parseSeoulTime("2026-01-01 00:00:00")).toBe(Date.UTC(2025, 11, 31, 15) / 1000);
    expect(formatSeoulTime(Date.UTC(2025, 11, 31, 14, 59, 59) / 1000)).toBe("2025-12-31 23:59:59");
  });

  test("reads what it writes", () => {
    const property = fc.property(fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }), (seconds) => {
      const text = formatSeoulTime(seconds);
      expect(parseSeoulTime(text)).toBe(seconds);
      expect(parseSeoulTimeBytes(Buffer.from(`xx${text}`), 2)).toBe(seconds);
    });
    fc.assert(property);
  });

  test.each([
    "2026-02-29 00:00:00",
    "2026-13-01 00:00:00",
    "2026-01-01 24:00:00",
    "2026-01-01 00:60:00",
    "2026-01-01 00:00:60",
    "2026-01-01T00:00:00",
    "2026-1-01 00:00:000",
    "2026-01-01 00:00:0x",
    "0000-01-01 00:00:00",
    "",
  ])("refuses %s", (text) => {
    expect(parseSeoulTime(text)).toBeUndefined();
  });

  test("knows leap years", () => {
    expect(parseSeoulTime("2024-02-29 00:00:00")).toBeDefined();
    expect(parseSeoulTime("2000-02-29 00:00:00")).toBeDefined();
    expect(parseSeoulTime("2100-02-29 00:00:00")).toBeUndefined();
  });
});

test("chunks keep the order, stay within the limit, and leave a giant alone", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 });
  const property = fc.property(sizes, fc.integer({ min: 50, max: 300 }), (lengths, maxBytes) => {
    const records = lengths.map((length) => ({ key: null, value: Buffer.alloc(length) }));
    const chunks = [...chunkByBytes(records, maxBytes, 10)];
    expect(chunks.flat()).toEqual(records);
    for (const chunk of chunks) {
      const bytes = chunk.reduce((sum, record) => sum + recordBytes(record), 0);
      expect(chunk.length === 1 || (bytes <= maxBytes && chunk.length <= 10)).toBe(true);
    }
  });
  fc.assert(property);
});

describe("a dead letter", () => {
  const record = {
    topic: "events",
    partition: 2,
    offset: 9,
    timestamp: 5,
    key: Buffer.from("k"),
    value: Buffer.alloc(5_000, 7),
    headers: {},
  };

  test("has the original bytes, and says where it comes from and why", () => {
    const letter = deadLetter(record, "not-json", "enrich");
    expect([letter.key, letter.value]).toEqual([record.key, record.value]);
    expect(Object.fromEntries(letter.headers ?? [])).toEqual({
      "source.topic": "events",
      "source.partition": "2",
      "source.offset": "9",
      "source.timestamp": "5",
      reason: "not-json",
      job: "enrich",
    });
  });

  test("is cut when the topic would not take it, and says so", () => {
    const letter = deadLetter(record, "not-json", "enrich", 2_000);
    expect(recordBytes(letter)).toBeLessThanOrEqual(2_000);
    expect(Object.fromEntries(letter.headers ?? []).truncated).toBe("5000");
  });
});

describe("config", () => {
  const schema = z.strictObject({ http: z.strictObject({ port: z.int() }), list: z.array(z.string()).default([]) });
  const at = (text: string, overrides?: string) => {
    const path = join(directory, "config.json");
    writeFileSync(path, text);
    return loadConfig(schema, { JOB_CONFIG: path, JOB_OVERRIDES: overrides });
  };

  test("is the file with the overrides merged over it", () => {
    expect(at('{"http":{"port":1},"list":["a"]}', '{"list":["b"]}')).toEqual({ http: { port: 1 }, list: ["b"] });
  });

  test.each([
    ['{"http":{"port":"x"}}', undefined, /http\.port: .*number/],
    ['{"http":{"port":1},"prot":2}', undefined, /Unrecognized key: "prot"/],
    ["{", undefined, /config\.json is not JSON/],
    ['{"http":{"port":1}}', "[", /JOB_OVERRIDES is not JSON/],
  ])("%s is refused in one line", (text, overrides, message) => {
    expect(() => at(text, overrides)).toThrow(message);
    expect(() => at(text, overrides)).not.toThrow(/\n/);
  });
});

test("the watchdog complains when there has been no progress for too long, and not before", () => {
  let now = 0;
  const watchdog = new Watchdog(1_000, () => now);
  now = 1_000;
  expect(watchdog.complaint()).toBeUndefined();
  now = 1_001;
  expect(watchdog.complaint()).toMatch("no progress");
  watchdog.progress();
  expect(watchdog.complaint()).toBeUndefined();
});

test("health answers follow the checks, and metrics are Prometheus text", async () => {
  let complaint: string | undefined;
  let ready = false;
  const server = await serveHealth(0, createRegistry(), { complaint: () => complaint, ready: () => ready });
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [response.status, await response.text()] as const;
  };
  try {
    expect([await get("/healthz"), (await get("/readyz"))[0]]).toEqual([[200, "ok\n"], 503]);
    complaint = "no progress for 200 s";
    ready = true;
    expect([await get("/healthz"), (await get("/readyz"))[0]]).toEqual([[503, "no progress for 200 s\n"], 200]);
    expect((await get("/metrics"))[1]).toContain("process_resident_memory_bytes");
    expect((await get("/"))[0]).toBe(404);
  } finally {
    await server.close();
  }
});

describe("shutdown", () => {
  const host = () => {
    const handlers = new Map<string, () => void>();
    const exits: number[] = [];
    return {
      exits,
      signal: (name: string) => handlers.get(name)?.(),
      process: {
        once: (name: string, handler: () => void) => handlers.set(name, handler),
        exit: (code: number) => exits.push(code),
      } as unknown as Pick<NodeJS.Process, "once" | "exit">,
    };
  };
  const log = createLog("test", () => undefined);

  test("stops once, then exits 0", async () => {
    const { exits, signal, process } = host();
    const stops: number[] = [];
    onShutdown({ log, process, stop: async () => void stops.push(1) });
    signal("SIGTERM");
    signal("SIGINT");
    await setTimeout(5);
    expect([stops.length, exits]).toEqual([1, [0]]);
  });

  test("exits 0 at the deadline when stopping hangs", async () => {
    const { exits, signal, process } = host();
    onShutdown({ log, process, deadlineMs: 5, stop: () => new Promise(() => undefined) });
    signal("SIGTERM");
    await setTimeout(30);
    expect(exits).toEqual([0]);
  });
});
