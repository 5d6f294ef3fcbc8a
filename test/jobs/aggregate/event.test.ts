import { describe, expect, test } from "vitest";
import { EventReader } from "../../../jobs/aggregate/event";
import type { KafkaRecord } from "../../../jobs/core/record";

const TABLES = [
  { table: "events_users_v1", column: "user_name", field: "user_name", type: "text" as const },
  { table: "events_ages", column: "age", field: "age", type: "integer" as const },
];
const GOOD = {
  time: "2026-11-21 12:00:00",
  user_id: 1,
  user_name: "kim",
  dept_name: "d",
  gender: "여성",
  age: 2,
  hello: "h",
  id: 1,
};
const TIME_MS = Date.UTC(2026, 10, 21, 3);

function record(value: unknown, more: Partial<KafkaRecord> = {}): KafkaRecord {
  const bytes =
    typeof value === "string"
      ? Buffer.from(value)
      : value instanceof Buffer
        ? value
        : Buffer.from(JSON.stringify(value));
  return {
    topic: "events_stages",
    partition: 0,
    offset: 0,
    timestamp: TIME_MS,
    key: null,
    value: bytes,
    headers: {},
    ...more,
  };
}
const read = (value: unknown, more?: Partial<KafkaRecord>) =>
  new EventReader(TABLES, 300_000).read(record(value, more));
const header = (text: string) => Buffer.from(text);

test("a good record is its time, its source and one key per table", () => {
  const headers = { "source.partition": header("3"), "source.offset": header("7") };
  expect(read(GOOD, { headers })).toEqual({ timeMs: TIME_MS, source: 3, keys: ["kim", "2"] });
});

test.each([undefined, "", "x", "-1", "1e3", "99999999999"])("a source of %j is none", (text) => {
  const headers: Record<string, Buffer> = text === undefined ? {} : { "source.partition": header(text) };
  expect(read(GOOD, { headers })).toMatchObject({ source: -1 });
});

const REJECTED = [
  ["a tombstone", null, "tombstone"],
  ["nothing", "", "not-json"],
  ["half a record", '{"time":"2026-11-21 12', "not-json"],
  ["truncated UTF-8", Buffer.from([0x7b, 0x22, 0xed, 0x95]), "not-json"],
  ["a byte order mark", `\ufeff${JSON.stringify(GOOD)}`, "not-json"],
  ["a list", "[]", "not-an-object"],
  ["null", "null", "not-an-object"],
  ["a number", "1", "not-an-object"],
  ["no time", { ...GOOD, time: undefined }, "missing-time"],
  ["a null time", { ...GOOD, time: null }, "missing-time"],
  ["a number as time", { ...GOOD, time: 1763650800 }, "unparsable-time"],
  ["another format", { ...GOOD, time: "2026-11-21T12:00:00+09:00" }, "unparsable-time"],
  ["no name", { ...GOOD, user_name: undefined }, "missing-key"],
  ["a name from the prototype", `{"time":"${GOOD.time}","age":1,"__proto__":{"user_name":"kim"}}`, "missing-key"],
  ["a number as name", { ...GOOD, user_name: 7 }, "invalid-key"],
  ["an age that is text", { ...GOOD, age: "2" }, "invalid-key"],
  ["half an age", { ...GOOD, age: 2.5 }, "invalid-key"],
  ["an age beyond 32 bits", { ...GOOD, age: 2 ** 31 }, "invalid-key"],
  ["a name longer than its column", { ...GOOD, user_name: "x".repeat(65) }, "key-too-long"],
] as const;

test.each(REJECTED)("%s is set aside", (_, value, reason) => {
  expect(value === null ? read("", { value: null }) : read(value)).toBe(reason);
});

describe("a long record, of which only the fields asked for are parsed", () => {
  const long = (value: object) => ({ pad: "x".repeat(70_000), ...value, more: [{}] });
  const rejected = REJECTED.flatMap(([name, value, reason]) =>
    value !== null && typeof value === "object" && !Buffer.isBuffer(value) ? [[name, value, reason] as const] : [],
  );
  test.each([
    ...rejected,
    ["an object as name", { ...GOOD, user_name: { kim: 1 } }, "invalid-key"] as const,
    ["a list as time", { ...GOOD, time: [GOOD.time] }, "unparsable-time"] as const,
  ])("%s is set aside", (_, value, reason) => {
    expect(read(long(value))).toBe(reason);
  });

  test("counts, and of equal names the last one", () => {
    const twice = JSON.stringify(long(GOOD)).replace('{"pad"', '{"user_name":"lee","pad"');
    expect(read(twice)).toEqual(read(GOOD));
    expect(read(`${twice.slice(0, -1)},"user_name":"\\uae40"}`)).toMatchObject({ keys: ["김", "2"] });
    expect(read(twice.slice(0, -1))).toBe("not-json");
    expect(read(`[${twice}]`)).toBe("not-an-object");
  });

  test("of more bytes than the stage topic takes is set aside unread, and a name longer than any is one that is too long", () => {
    expect(read(`${JSON.stringify(GOOD)}${" ".repeat(4 * 1024 ** 2)}`)).toBe("too-large");
    expect(read({ ...GOOD, user_name: "😀".repeat(500_000) })).toBe("key-too-long");
  });
});

test("a name of 64 characters fits, however many bytes they take", () => {
  expect(read({ ...GOOD, user_name: "🦊".repeat(64) })).toMatchObject({ keys: ["🦊".repeat(64), "2"] });
});

test("lone surrogates, which UTF-8 cannot tell apart, are one name", () => {
  const names = ["\\ud800", "\\udfff"].map((code) => read(JSON.stringify(GOOD).replace('"kim"', `"${code}"`)));
  expect(names[0]).toEqual(names[1]);
});

describe("an event time ahead of the record's own timestamp", () => {
  test.each([
    [300, "counted"],
    [301, "future-time"],
  ])("by %i s is %s", (ahead, outcome) => {
    const result = read(GOOD, { timestamp: TIME_MS - ahead * 1000 });
    expect(typeof result === "string" ? result : "counted").toBe(outcome);
  });

  test("is judged by the original timestamp, so that waiting in a backlog makes no wrong clock right", () => {
    const headers = { "source.timestamp": header(String(TIME_MS - 3_600_000)) };
    expect(read(GOOD, { timestamp: TIME_MS + 7_200_000, headers })).toBe("future-time");
  });

  test("says nothing about records that have no timestamp", () => {
    expect(read(GOOD, { timestamp: -1 })).toMatchObject({ timeMs: TIME_MS });
  });
});
