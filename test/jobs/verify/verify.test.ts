import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changes, restore, step } from "../../../jobs/aggregate/state";
import { seoulInstant } from "../../../jobs/aggregate/window";
import { derived, ExpectedRows } from "../../../jobs/core/expected-rows";
import type { Kafka } from "../../../jobs/core/kafka-api";
import { nothingBetween } from "../../../jobs/core/ranges";
import { wallTimeMs } from "../../../jobs/core/raw-event";
import type { KafkaRecord } from "../../../jobs/core/record";
import { agrees, type Report, reportText } from "../../../jobs/core/report";
import { Topics } from "../../../jobs/verify/topics";

const NAMES = new Map([0, 1, 2, 3].map((uid) => [uid, `user-${uid}`]));
const DEPTS = new Map([0, 1, 2, 3, 4].map((did) => [did, `dept-${did}`]));
const TOPIC = { input: "events", output: "events_stages", deadLetter: "events.dead-letter" };
const TIME_MS = Date.UTC(2026, 10, 21, 3);

/** A record by its place; missing parts are empty. */
function record(
  topic: string,
  partition: number,
  offset: number,
  value: string,
  headers: Record<string, string> = {},
  key?: string,
): KafkaRecord {
  const made = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));
  return {
    topic,
    partition,
    offset,
    timestamp: TIME_MS,
    key: key === undefined ? null : Buffer.from(key),
    value: Buffer.from(value),
    headers: made,
  };
}
const event = (offset: number, id: number, time = "2026-11-21 12:00:00") =>
  record("events", 0, offset, JSON.stringify({ hello: "ssm-seoul", id, time }));
function stage(offset: number, source: number, id: number, change: object = {}): KafkaRecord {
  const { user_name, dept_name, gender, age, user_id } = derived(id, NAMES, DEPTS);
  const value = {
    time: "2026-11-21 12:00:00",
    user_id,
    user_name,
    dept_name,
    gender,
    age,
    hello: "ssm-seoul",
    id,
    ...change,
  };
  return record(
    "events_stages",
    0,
    offset,
    JSON.stringify(value),
    { "source.partition": "0", "source.offset": String(source) },
    String(user_id),
  );
}
const dead = (offset: number, source: number) =>
  record("events.dead-letter", 0, offset, "{", {
    "source.topic": "events",
    "source.partition": "0",
    "source.offset": String(source),
  });

function kafkaOf(records: readonly KafkaRecord[]): Pick<Kafka, "readRange"> {
  return {
    async *readRange(topic, partition, from, to) {
      yield records.filter(
        (one) => one.topic === topic && one.partition === partition && one.offset >= from && one.offset < to,
      );
    },
  };
}

async function compare(records: readonly KafkaRecord[], frozen = 100) {
  const topics = new Topics(kafkaOf(records), TOPIC, NAMES, DEPTS);
  const range = [{ partition: 0, first: 0, end: 100 }];
  await topics.readEvents(range);
  await topics.readStages(range, () => {});
  await topics.readDeadLetters(range);
  return topics.compare(() => true, new Map([[0, frozen]]));
}

describe("events against the stage topic and the dead letters", () => {
  const malformed = record("events", 0, 1, "{");
  const good = [event(0, 7), malformed, event(2, 7), stage(0, 0, 7), stage(1, 2, 7), dead(0, 1)];

  test("all there once is all right; an id that came twice is one id", async () => {
    expect(await compare(good)).toEqual({
      events: 3,
      distinctIds: 1,
      distinctIdsFound: 1,
      staged: 2,
      deadLettered: 1,
      foreign: 0,
      problems: [],
    });
  });

  test("what came after the check began may be on its way", async () => {
    const found = await compare([...good, event(3, 8)], 3);
    expect(found).toMatchObject({ events: 3, problems: [] });
  });

  test.each([
    ["a lost event", good.filter((one) => one !== good[4]), "events 0/2 (id 7) is lost"],
    ["a lost dead letter", good.slice(0, 5), "events 0/1 (id NaN) is lost"],
    ["a second copy", [...good, stage(2, 0, 7)], "events 0/0 (id 7) is 2 times in events_stages"],
    ["a second dead letter", [...good, dead(1, 1)], "events 0/1 is twice in events.dead-letter"],
    ["a copy and a dead letter", [...good, stage(2, 1, 7)], "is in events_stages and a dead letter"],
    ["a good event as dead letter", [event(0, 7), dead(0, 0)], "is well-formed, but a dead letter"],
    ["a copy of nothing", [...good, stage(2, 50, 7)], "has no event 0/50"],
    [
      "a wrong name",
      [event(0, 7), stage(0, 0, 7, { user_name: "user-1" })],
      'user_name is "user-1", not "Unknown Name"',
    ],
    ["a wrong time", [event(0, 7), stage(0, 0, 7, { time: "2026-11-21 12:00:01" })], "time or hello differ"],
    ["a column too many", [event(0, 7), stage(0, 0, 7, { more: 1 })], "columns are"],
  ])("%s is found", async (_, records, problem) => {
    expect((await compare(records)).problems.join()).toContain(problem);
  });
});

test("two implementations of the rule, made apart, agree on any log", () => {
  const events = fc.array(
    fc.record({ source: fc.nat(3), second: fc.integer({ min: 0, max: 200 }), key: fc.constantFrom("a", "b") }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(
      events,
      fc.constantFrom(1, 10, 60),
      fc.constantFrom(0, 15, 60),
      (list, windowSeconds, watermarkSeconds) => {
        const run = { windowSeconds, watermarkSeconds, maxAheadSeconds: 300, from: new Map() };
        const expected = new ExpectedRows([run], new Map([[0, list.length]]));
        const rule = {
          sizeMs: windowSeconds * 1000,
          watermarkMs: watermarkSeconds * 1000,
          idleMs: 1e9,
          maxAheadMs: 300_000,
        };
        const state = restore(0, undefined, 0, rule, "r", [0]);
        for (const [offset, { source, second, key }] of list.entries()) {
          const timeMs = TIME_MS + second * 1000;
          expected.add({ partition: 0, offset, source, timeMs, timestamp: timeMs, key });
          step(state, offset, { timeMs, source, keys: [key] });
        }
        const [changed] = changes(state);
        const counted = new Map(changed?.rows.map((row) => [`${row.start}/${row.key}`, [row.count, row.late]]));
        for (const row of changed?.revisited ?? [])
          counted.set(`${row.start}/${row.key}`, [row.counted.length, row.late.length]);
        expect(counted).toEqual(
          new Map([...expected.rows.values()].map((row) => [`${row.start}/${row.key}`, [row.count, row.late]])),
        );
      },
    ),
  );
});

test.each([
  "2026-11-21 12:00:00",
  "1999-12-31 23:59:59",
  "2024-02-29 00:00:00",
  "2026-02-29 00:00:00",
  "2026-11-21 24:00:00",
  "x",
])("both read the time %s alike", (text) => {
  expect(wallTimeMs(text)).toEqual(seoulInstant(text) ?? Number.NaN);
});

test("what a table has not counted yet is not expected of it, and each record is judged by its rule", () => {
  const rule = (windowSeconds: number, from: number) => ({
    windowSeconds,
    watermarkSeconds: 0,
    maxAheadSeconds: 300,
    from: new Map([[0, from]]),
  });
  const expected = new ExpectedRows([rule(10, 0), rule(60, 2)], new Map([[0, 3]]));
  for (const offset of [0, 1, 2, 3])
    expected.add({ partition: 0, offset, source: 0, timeMs: TIME_MS, timestamp: TIME_MS, key: "a" });
  expect([...expected.rows.values()].map(({ start, end, count }) => [(end - start) / 1000, count])).toEqual([
    [10, 2],
    [60, 1],
  ]);
});

test("control records behind the last record are nothing", async () => {
  const kafka = kafkaOf([event(3, 1)]);
  expect(await nothingBetween(kafka, "events", 0, 4, 6)).toBe(true);
  expect(await nothingBetween(kafka, "events", 0, 3, 6)).toBe(false);
  expect(await nothingBetween(kafka, "events", 0, 6, 6)).toBe(true);
});

describe("the report", () => {
  const report: Report = {
    checks: [{ name: "rows", expected: 2, actual: 2 }],
    differences: [],
    notes: [],
  };
  test("agrees when every figure is as expected and no row differs", () => {
    expect(agrees(report)).toBe(true);
    expect(agrees({ ...report, differences: ["row"] })).toBe(false);
    expect(agrees({ ...report, checks: [{ name: "rows", expected: 2, actual: 3 }] })).toBe(false);
  });
  test("shows the differing rows, and how many more there are", () => {
    const text = reportText("kappa", { ...report, differences: ["one", "two", "three"] }, 2);
    expect(text).toBe(
      "check  expected  actual\nrows          2       2  ok\ndiffers: one\ndiffers: two\n… and 1 more\nkappa: there are differences\n",
    );
  });
});
