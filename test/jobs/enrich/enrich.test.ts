import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { partitionFor } from "../../../jobs/core/partitioner";
import type { KafkaRecord, OutRecord } from "../../../jobs/core/record";
import { formatSeoulTime } from "../../../jobs/core/seoul-time";
import { jsonText } from "../../../jobs/core/to-json";
import { Enricher } from "../../../jobs/enrich/enrich";
import { type Targets, transform } from "../../../jobs/enrich/transform";
import { VECTORS } from "./vectors";

const names = Array.from({ length: 10 }, (_, uid) => ({ uid, name: `user-${uid}` }));
const depts = Array.from({ length: 5 }, (_, did) => ({ did, name: `dept-${did}` }));
const enricher = new Enricher({ names, depts });
const topics = { input: "events", output: "events_stages", deadLetter: "events.dead-letter" };
const targets: Targets = {
  outputPartitions: 6,
  deadLetterPartitions: 1,
  outputMaxBytes: 2_097_152,
  deadLetterMaxBytes: 4_194_304,
};

function record(value: Buffer | string | null, offset = 0): KafkaRecord {
  const bytes = value === null ? null : Buffer.from(value);
  return { topic: "events", partition: 4, offset, timestamp: 77, key: null, value: bytes, headers: {} };
}

/** The row as the query's text defines it, written without regard to speed. */
function expected(hello: string, id: number, time: string): string {
  const [user, dept] = [id % 10, id % 5];
  return JSON.stringify({
    time,
    user_id: user,
    user_name: names.find(({ uid }) => uid === user)?.name ?? "Unknown Name",
    dept_name: depts.find(({ did }) => did === dept)?.name ?? "Unknown Dept",
    gender: id % 2 === 0 ? "남성" : "여성",
    age: (id % 100) + 1,
    hello,
    id,
  }).replaceAll(/:-0,/g, ":0,");
}

describe("docs/kappa-records.md", () => {
  test.each(VECTORS.map((vector) => [vector.name, vector] as const))("%s", (_, { input, output }) => {
    const result = enricher.enrich(input === null ? null : Buffer.from(input));
    expect(typeof result === "string" ? { dead: result } : result.value.toString()).toEqual(output);
  });
});

describe("enrich", () => {
  const hello = fc.string({ unit: fc.constantFrom(..."abc XYZ-_.~!{}[]:,'/"), maxLength: 30 });
  const time = fc.integer({ min: 0, max: 4_000_000_000 }).map(formatSeoulTime);
  const id = fc.oneof(fc.nat(), fc.maxSafeInteger());

  test("gives the same for the collectors' spelling and for any other", () => {
    const property = fc.property(hello, id, time, (greeting, number, moment) => {
      const canonical = `{"hello":${JSON.stringify(greeting)},"id":${number},"time":"${moment}"}`;
      const spaced = `{"hello": ${JSON.stringify(greeting)}, "id": ${number}, "time": "${moment}"}`;
      const row = { userId: number % 10, value: Buffer.from(expected(greeting, number, moment)) };
      const normal = { ...row, userId: row.userId + 0 };
      expect(enricher.enrich(Buffer.from(canonical))).toEqual(normal);
      expect(enricher.enrich(Buffer.from(spaced))).toEqual(normal);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("never throws, whatever the bytes", () => {
    const canonical = Buffer.from('{"hello":"ssm-seoul","id":123,"time":"2026-11-21 12:00:00"}');
    const damage = fc.array(fc.tuple(fc.nat(canonical.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.nat(canonical.length), (changes, length) => {
        const bytes = Buffer.from(canonical);
        for (const [at, byte] of changes) bytes[at] = byte;
        const result = enricher.enrich(bytes.subarray(0, length));
        if (typeof result !== "string") JSON.parse(result.value.toString());
      }),
      { numRuns: 2_000 },
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void enricher.enrich(Buffer.from(bytes))));
  });

  test("names what the tables miss as the sources do", () => {
    const bare = new Enricher({ names: [], depts: [] }).enrich(
      record('{"hello":"a","id":4,"time":"2026-11-21 12:00:00"}').value,
    );
    expect(typeof bare === "string" ? bare : bare.value.toString()).toContain(
      '"user_id":4,"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"남성","age":5',
    );
  });

  test("escapes names as Spark does", () => {
    expect(jsonText('a"b\\c\u0000\u001b\n서울')).toBe('"a\\"b\\\\c\\u0000\\u001B\\n서울"');
    expect(jsonText("back\\u001fslash")).toBe('"back\\\\u001fslash"');
  });
});

describe("transform", () => {
  const header = ({ headers = [] }: OutRecord, name: string) => String(headers.find(([key]) => key === name)?.[1]);

  test("puts every record somewhere once, keyed and placed by its user, with where it comes from", () => {
    const inputs = VECTORS.map(({ input }, offset) => record(input, offset));
    const writes = transform(inputs, enricher, topics, targets);
    const written = writes.flatMap(({ topic, partition, records }) =>
      records.map((one) => ({ topic, partition, one })),
    );
    expect(written.map(({ one }) => Number(header(one, "source.offset"))).sort((a, b) => a - b)).toEqual([
      ...VECTORS.keys(),
    ]);
    for (const { topic, partition, one } of written) {
      expect([header(one, "source.partition"), header(one, "source.timestamp")]).toEqual(["4", "77"]);
      if (topic !== topics.output) continue;
      expect(String(one.key)).toBe(String(JSON.parse(String(one.value)).user_id));
      expect(partition).toBe(partitionFor(String(one.key), 6));
    }
  });

  test("dead letters keep the bytes and say why", () => {
    const [write] = transform([record("hello", 3)], enricher, topics, targets);
    const [letter] = write?.records ?? [];
    expect([write?.topic, String(letter?.value), letter && header(letter, "reason")]).toEqual([
      "events.dead-letter",
      "hello",
      "not-json",
    ]);
  });

  test("what the output topic would refuse for its size becomes a dead letter", () => {
    const big = record(`{"hello":"${"x".repeat(5_000)}","id":1,"time":"2026-11-21 12:00:00"}`);
    const writes = transform([big], enricher, topics, { ...targets, outputMaxBytes: 5_200 });
    expect(writes.map(({ topic, records }) => [topic, records[0] && header(records[0], "reason")])).toEqual([
      ["events.dead-letter", "too-large"],
    ]);
    expect(transform([big], enricher, topics, { ...targets, outputMaxBytes: 6_000 })[0]?.topic).toBe("events_stages");
  });

  test("a value longer than any record of the output topic is a dead letter unread, and cut for its own topic", () => {
    const spaces = record(`{"hello":"a","id":1,"time":"2026-11-21 12:00:00"}${" ".repeat(5_000)}`);
    const [write] = transform([spaces], enricher, topics, {
      ...targets,
      outputMaxBytes: 5_000,
      deadLetterMaxBytes: 4_000,
    });
    const [letter] = write?.records ?? [];
    expect([write?.topic, letter && header(letter, "reason"), letter && header(letter, "truncated")]).toEqual([
      "events.dead-letter",
      "too-large",
      "5049",
    ]);
  });
});
