import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Kafka, KafkaAdmin } from "../../../jobs/core/kafka-api";
import type { KafkaRecord } from "../../../jobs/core/record";
import { EventBuffer } from "../../../jobs/generate/buffer";
import { type GenerateConfig, generateConfigSchema } from "../../../jobs/generate/config";
import { eventsFor } from "../../../jobs/generate/events";
import { lastId } from "../../../jobs/generate/last-id";

const config: GenerateConfig = generateConfigSchema.parse({
  kafka: { brokers: ["kafka:9093"] },
  http: { port: 8080 },
  topic: "events",
  hello: "ssm-seoul",
  ratePerSecond: 10,
});
const NOON_IN_SEOUL = Date.UTC(2026, 10, 21, 3) / 1000;

describe("an event", () => {
  test("is exactly what the collector writes, in Seoul's time", () => {
    expect(eventsFor(0, NOON_IN_SEOUL, config).map(String)).toEqual([
      '{"hello":"ssm-seoul","id":0,"time":"2026-11-21 12:00:00"}',
    ]);
  });

  test("comes with the disorder that was switched on, the same every time, about as often as asked for", () => {
    const disorder = { duplicates: 0.1, late: 0.2, lateSeconds: 60, malformed: 0.05, nullJoin: 0.02, seed: 7 };
    const all = Array.from({ length: 5_000 }, (_, id) =>
      eventsFor(id, NOON_IN_SEOUL, { ...config, disorder }).map(String),
    );
    expect(all[77]).toEqual(eventsFor(77, NOON_IN_SEOUL, { ...config, disorder }).map(String));
    const share = (test: (values: string[]) => boolean) => all.filter(test).length / all.length;
    expect(share(([first, ...more]) => more.includes(first ?? ""))).toBeCloseTo(0.1, 1);
    expect(share(([first = ""]) => !first.includes("12:00:00"))).toBeCloseTo(0.2, 1);
    expect(share((values) => values.some((value) => /"id":-\d*3,/.test(value)))).toBeCloseTo(0.02, 1);
    expect(all.every(([first = ""], id) => JSON.parse(first).id === id)).toBe(true);
  });
});

describe("the buffer", () => {
  test("makes events at the rate, whatever the rhythm of the calls, with ids that neither skip nor repeat", () => {
    const calls = fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 50 });
    fc.assert(
      fc.property(calls, fc.double({ min: 0.1, max: 500, noNaN: true }), (gaps, ratePerSecond) => {
        const buffer = new EventBuffer({ ...config, ratePerSecond, maxBuffered: 10_000_000 }, 5);
        let now = 1_000_000;
        buffer.fill(now);
        for (const gap of gaps) {
          now += gap;
          buffer.fill(now);
        }
        const ids = buffer.peek(Number.MAX_SAFE_INTEGER).map(({ id }) => id);
        expect(ids).toEqual(ids.map((_, index) => 5 + index));
        expect(Math.abs(ids.length - ((now - 1_000_000) / 1000) * ratePerSecond)).toBeLessThanOrEqual(1.001);
      }),
    );
  });

  test("stops at its bound, makes up for nothing, and goes on with the next id", () => {
    const buffer = new EventBuffer({ ...config, maxBuffered: 20 }, 0);
    buffer.fill(0);
    expect([buffer.fill(5_000), buffer.fill(60_000)]).toEqual([20, 0]);
    buffer.settle(19);
    expect([buffer.fill(60_000), buffer.fill(61_000), buffer.peek(1)[0]?.id]).toEqual([0, 10, 20]);
  });

  test("keeps what was not written, forgets what was, and follows the topic when somebody else wrote", () => {
    const buffer = new EventBuffer(config, 0);
    buffer.fill(0);
    buffer.fill(1_000);
    buffer.settle(-1); // the transaction was aborted
    expect(buffer.size).toBe(10);
    buffer.settle(9); // it was committed, and the answer lost
    expect([buffer.size, buffer.nextId]).toEqual([0, 10]);
    buffer.fill(2_000);
    buffer.settle(14);
    expect(buffer.peek(1)[0]?.id).toBe(15);
    buffer.settle(100);
    expect([buffer.size, buffer.nextId]).toEqual([0, 101]);
  });
});

describe("the last id", () => {
  const topic = (partitions: (string | null)[][]) => {
    const kafka: Pick<Kafka, "readRange"> = {
      readRange: async function* (name, partition, from, to) {
        const values = partitions[partition]?.slice(from, to) ?? [];
        yield values.map((value, index): KafkaRecord => {
          const bytes = value === null ? null : Buffer.from(value);
          return { topic: name, partition, offset: from + index, timestamp: 0, key: null, value: bytes, headers: {} };
        });
      },
    };
    const admin: Pick<KafkaAdmin, "ranges"> = {
      ranges: async () => partitions.map((values, partition) => ({ partition, first: 0, end: values.length })),
    };
    return lastId(kafka, admin, "events", "ssm-seoul");
  };
  const event = (id: number | string) => `{"hello":"ssm-seoul","id":${id},"time":"2026-11-21 12:00:00"}`;

  test("of an empty topic is -1, so that ids begin with 0", async () => {
    expect(await topic([[], []])).toBe(-1);
  });

  test("is the highest of all partitions, a late duplicate or a negative id notwithstanding", async () => {
    expect(await topic([[event(4), event(6)], [event(5), event(7), event(1), event(-73)], []])).toBe(7);
  });

  test("is found behind thousands of records that are no events", async () => {
    const junk = Array.from({ length: 8_000 }, () => "junk");
    expect(await topic([[event(41), event(42), ...junk, null]])).toBe(42);
  });

  test("is nobody else's, and below 2^53", async () => {
    const other = event(999).replace("ssm-seoul", "other");
    expect(await topic([[event(3), other, event("9007199254740993"), event("1e9")]])).toBe(3);
  });
});
