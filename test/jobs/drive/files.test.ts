import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatDriverLine, formatLogDate, padDriverLine, parseLogDate } from "../../../jobs/core/driver-log";
import { reading } from "../../../jobs/drive/cars";
import { DriverLog } from "../../../jobs/drive/driver-log";
import { hourFiles, linesBetween, oldestDate } from "../../../jobs/drive/hour-files";
import { outlived, readPositions } from "../../../jobs/drive/retention";
import { StatusFiles } from "../../../jobs/drive/status-files";
import type { StatusPlan } from "../../../jobs/drive/status-lines";

/** One second before a new hour in Seoul. */
const LAST = parseLogDate("20260124155959") ?? 0;
const fleet = { seed: 1, cars: 3, readingBytes: 0 };
const line = (car: number, second: number) => formatDriverLine(reading(fleet.seed, car, second));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-drive-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function between(from: string, to: string): Promise<string[]> {
  let text = "";
  for await (const piece of linesBetween(directory, from, to)) text += piece;
  return text.split("\n").slice(0, -1);
}

describe("the driver log", () => {
  test("has one line a car and second, in the order of time, in a file for each hour of Seoul", async () => {
    const log = await DriverLog.open(directory);
    for (const second of [LAST, LAST + 1, LAST + 2]) await log.write(second, fleet);
    await log.close();
    expect(readdirSync(directory)).toEqual(["driver-2026012415.log", "driver-2026012416.log"]);
    expect(readFileSync(join(directory, "driver-2026012415.log"), "utf8")).toBe(
      [0, 1, 2].map((car) => `${line(car, LAST)}\n`).join(""),
    );
    expect(await oldestDate(directory)).toBe("20260124155959");
  });

  test("goes on behind its newest line, and a line that was cut off goes", async () => {
    const first = await DriverLog.open(directory);
    await first.write(LAST, fleet);
    await first.close();
    const [file] = await hourFiles(directory);
    const whole = readFileSync(file?.path ?? "", "utf8");
    appendFileSync(file?.path ?? "", line(0, LAST + 1).slice(0, -1));
    const second = await DriverLog.open(directory);
    expect(readFileSync(file?.path ?? "", "utf8")).toBe(whole);
    expect(second.lastSecond).toBe(LAST);
    await expect(second.write(LAST, fleet)).rejects.toThrow("is not after");
    await second.close();
  });

  test("passes over a newest file that has no whole line", async () => {
    const first = await DriverLog.open(directory);
    await first.write(LAST, fleet);
    await first.close();
    writeFileSync(join(directory, "driver-2026012416.log"), "2026012416");
    expect((await DriverLog.open(directory)).lastSecond).toBe(LAST);
    expect((await hourFiles(directory)).at(-1)?.bytes).toBe(0);
  });

  test("is served between two dates, both included, without padding and without what has no end", async () => {
    const log = await DriverLog.open(directory);
    const padded = { ...fleet, readingBytes: 100_000 }; // lines longer than the pieces they are read in, together
    for (let second = LAST - 2; second <= LAST + 2; second += 1) await log.write(second, padded);
    await log.close();
    appendFileSync(join(directory, "driver-2026012416.log"), "20260124160001,O0010");
    const seconds = [LAST - 1, LAST, LAST + 1];
    expect(await between("20260124155958", "20260124160000")).toEqual(
      seconds.flatMap((second) => [0, 1, 2].map((car) => line(car, second))),
    );
    expect(await between("20260124160001", "20991231000000")).toHaveLength(3);
    expect(await between("20260124160002", "20991231000000")).toEqual([]);
  });
});

describe("a long hour", () => {
  const FIRST = parseLogDate("20260124150000") ?? 0;
  const path = () => join(directory, "driver-2026012415.log");
  const lines = (from: number, to: number) =>
    Array.from({ length: 3 * (to - from + 1) }, (_, index) => line(index % 3, from + Math.floor(index / 3)));
  const dates = (from: number, to: number) => [formatLogDate(from), formatLogDate(to)] as const;

  /** Calls, and says how many bytes of files were read meanwhile. */
  async function bytesRead(work: () => Promise<unknown>): Promise<number> {
    const handle = await open(path());
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    const read = vi.spyOn(prototype, "read");
    try {
      await work();
      const results = await Promise.all(read.mock.results.map(({ value }) => value as Promise<{ bytesRead: number }>));
      return results.reduce((sum, { bytesRead: bytes }) => sum + bytes, 0);
    } finally {
      read.mockRestore();
    }
  }

  test.each([
    ["short", 0, 3600, 350_000],
    ["long", 4096, 1800, 2_000_000],
    ["longer than what is read at a time", 300_000, 60, 8_000_000],
  ])("is not read from its beginning for lines in the middle: %s lines", async (_, bytes, seconds, most) => {
    writeFileSync(
      path(),
      lines(FIRST, FIRST + seconds - 1)
        .map((one) => `${padDriverLine(one, bytes)}\n`)
        .join(""),
    );
    const from = FIRST + seconds * 0.7;
    const [size = 0] = (await hourFiles(directory)).map((file) => file.bytes);
    let found: string[] = [];
    const some = Math.min(60, seconds / 60);
    const read = await bytesRead(async () => {
      found = await between(...dates(from, from + some - 1));
    });
    expect(found).toEqual(lines(from, from + some - 1));
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(most);
    if (bytes > 0) expect(read).toBeLessThan(size / 5);
  });

  test("has all lines of the seconds asked for and no others, whatever their lengths, and not one that was cut off", async () => {
    const seconds = 90;
    const all = lines(FIRST, FIRST + seconds - 1);
    const text = all.map((one, index) => `${padDriverLine(one, (index * 7919) % 31_000)}\n`).join("");
    for (const cut of [5, 13, 14, 40]) {
      writeFileSync(path(), text + line(0, FIRST + seconds).slice(0, cut));
      for (let second = -1; second <= seconds; second += 1) {
        const from = Math.max(0, second);
        const to = Math.min(seconds - 1, second + 1);
        const found = await between(...dates(FIRST + second, FIRST + second + 1));
        expect(found).toEqual(to < from ? [] : lines(FIRST + from, FIRST + to));
      }
    }
  });

  test("has seconds that nobody wrote in, and one in which more was written than is read at a time", async () => {
    const many = Array.from({ length: 9000 }, (_, car) => line(car, FIRST + 100));
    writeFileSync(path(), [...lines(FIRST, FIRST + 9), ...many, line(0, FIRST + 200), ""].join("\n"));
    expect(await between(...dates(FIRST + 100, FIRST + 100))).toEqual(many);
    expect(await between(...dates(FIRST + 10, FIRST + 99))).toEqual([]);
    expect(await between(...dates(FIRST + 101, FIRST + 300))).toEqual([line(0, FIRST + 200)]);
    expect(await between(...dates(FIRST + 9, FIRST + 100))).toEqual([...lines(FIRST + 9, FIRST + 9), ...many]);
  });
});

describe("what becomes of old driver logs", () => {
  const file = (hour: string) => ({ path: `/d/driver-${hour}.log`, hour, bytes: 10 });
  const files = ["2026012413", "2026012414", "2026012415"].map(file);
  const now = parseLogDate("20260124153000") ?? 0;
  const read = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const names = (found: readonly { hour: string }[]) => found.map(({ hour }) => hour);

  test.each([
    ["those of which all is older than is kept", read, 0.5, ["2026012413", "2026012414"]],
    ["not those of which a part is not", read, 0.6, ["2026012413"]],
    ["not those that were not read to the end", new Map([["/d/driver-2026012413.log", 9]]), 0.5, []],
    ["none while nothing is known of the collector", new Map<string, number>(), 0.5, []],
  ])("go: %s", (_, positions, keepHours, gone) => {
    expect(names(outlived(files, positions, now, keepHours))).toEqual(gone);
  });

  test("the newest stays, for it is being written", () => {
    expect(names(outlived(files.slice(0, 1), read, now + 1e6, 0.5))).toEqual([]);
  });

  test("positions are what Flume writes, and nothing while it is writing them", () => {
    const text = '[{"inode":10783095,"pos":67190800,"file":"/d/driver-2026012413.log"}]';
    expect(readPositions(text)).toEqual(new Map([["/d/driver-2026012413.log", 67190800]]));
    expect(readPositions(text.slice(0, -1))).toEqual(new Map());
    expect(readPositions("")).toEqual(new Map());
    expect(readPositions('{"a":1}')).toEqual(new Map());
  });
});

describe("status files", () => {
  const plan: StatusPlan = { seed: 1, cars: 10, status: { lines: 2_500, everySeconds: 600, garbageShare: 0.1 } };
  const interval = { from: LAST + 1, to: LAST + 601 };
  const directories = () => ({ statusSpool: join(directory, "spool"), state: join(directory, "state") });
  const name = "car-status-20260124160000.log";

  test("appear when they are complete, with what the ledger says of them, and are no longer waiting when they are taken", async () => {
    const files = await StatusFiles.open(directories());
    const made = await files.make(plan, interval);
    const text = readFileSync(join(directory, "spool", name), "utf8");
    const lines = text.split("\n").slice(0, -1);
    expect(made).toEqual({
      name,
      day: "20260124",
      from: "20260124160000",
      to: "20260124161000",
      lines: 2_500,
      garbage: lines.filter((one) => !/^\d{14}/.test(one)).length,
      bytes: text.length,
    });
    expect(lines).toHaveLength(2_500);
    expect(readdirSync(join(directory, "state", "outgoing"))).toEqual([]);
    expect(await files.list()).toEqual([{ ...made, waiting: true }]);
    expect(await files.waitingBytes()).toBe(text.length);
    rmSync(join(directory, "spool", name));
    expect(await files.list()).toEqual([{ ...made, waiting: false }]);
    expect((await StatusFiles.open(directories())).newestEnd).toBe(interval.to);
  });

  test("one that was noted and not yet moved when the process ended is moved by the next", async () => {
    await (await StatusFiles.open(directories())).make(plan, interval);
    renameSync(join(directory, "spool", name), join(directory, "state", "outgoing", name));
    const files = await StatusFiles.open(directories());
    expect(readdirSync(join(directory, "spool"))).toEqual([name]);
    expect(await files.list()).toHaveLength(1);
  });

  test("one that was not noted goes and is made anew; an entry that was cut off is none, and spoils no other", async () => {
    mkdirSync(join(directory, "state", "outgoing"), { recursive: true });
    writeFileSync(join(directory, "state", "outgoing", name), "20260124");
    writeFileSync(join(directory, "state", "status-files.jsonl"), '{"name":"car-st');
    const files = await StatusFiles.open(directories());
    expect(readdirSync(join(directory, "state", "outgoing"))).toEqual([]);
    expect([files.newestEnd, await files.list()]).toEqual([0, []]);
    const made = await files.make(plan, interval);
    expect(await (await StatusFiles.open(directories())).list()).toEqual([{ ...made, waiting: true }]);
  });
});
