import { describe, expect, test } from "vitest";
import type { DayDirectory } from "../../../jobs/core/day-files";
import { inputFormat, pathsOf } from "../../../jobs/reindex/lines";
import { eventsSql, findingsSql, text } from "../../../jobs/reindex/sql";
import { type Ingestion, taskOf } from "../../../jobs/reindex/task";
import { VECTORS } from "../enrich/vectors";

const file = (name: string) => ({
  path: `/lambda/events/dt=2026-01-15/${name}`,
  name,
  directory: false,
  length: 1,
  modifiedMs: 1,
});
const directory = (...names: string[]): DayDirectory => ({
  day: "2026-01-15",
  path: "/lambda/events/dt=2026-01-15",
  files: names.map(file),
  inProgress: 0,
});
const statement = { day: "2026-01-15", directories: [directory("a.json", "b.json")], nonce: "NONCE" };
const tables = {
  names: [
    { uid: 1, name: "이서준" },
    { uid: 0, name: 'O\'Neil \\ "x"' },
  ],
  depts: [],
};

describe("statements", () => {
  // A changed golden file may be a changed meaning: test/cluster/71-reindex.test.ts tells, on a server.
  test("the events of a day", async () => {
    await expect(eventsSql("events_batch", statement, tables)).toMatchFileSnapshot("golden/events.sql");
  });
  test("what the lines of a day are", async () => {
    await expect(findingsSql("events_lines", statement, "/lambda/events")).toMatchFileSnapshot("golden/findings.sql");
  });
  test("a day without files reads nothing, and is replaced all the same", () => {
    const sql = eventsSql("events_batch", { ...statement, directories: [directory()] }, tables);
    expect(sql).not.toContain("EXTERN");
    expect(sql).toContain(`REPLACE INTO "events_batch" OVERWRITE WHERE "__time" >= TIMESTAMP '2026-01-14 15:00:00'`);
  });
});

test.each([
  ["plain", "'plain'"],
  ["it's", "'it''s'"],
  ["a\\b", "'a\\b'"],
  ["김'\\", "U&'\\ae40''\\\\'"],
  ["😀\n", "U&'\\d83d\\de00\\000a'"],
])("the text %j as SQL", (value, literal) => {
  expect(text(value)).toBe(literal);
});

describe("lines that are spelt as collectors spell them", () => {
  // Java's `(?s)` and possessive quantifiers, for which JavaScript has a flag and none.
  const patternOf = (day: string) =>
    new RegExp(`^${inputFormat(day).pattern.replace("(?s)", "").replaceAll("}+", "}")}$`, "s");
  const parts = (line: string, day = "2026-01-15") => {
    const [, hello, id, own, other, rest] = patternOf(day).exec(line) ?? [];
    return { hello, id, own, other, rest };
  };

  test("are cut into their parts when they are of the day", () => {
    const line = '{"hello":"서울 {}","id":12,"time":"2026-01-15 12:00:00"}';
    expect(parts(line)).toEqual({ hello: "서울 {}", id: "12", own: "2026-01-15 12:00:00" });
  });

  test.each([
    ["2026-01-30", "2026-01-31 23:59:59"], // the day after, which not every month has
    ["2026-01-31", "2026-01-30 00:00:00"], // the day before
    ["2026-03-01", "2026-02-28 12:00:00"],
    ["2026-01-15", "1999-12-01 12:00:00"], // any day that every month has
  ])("are of another day than %s at %s, without more to do", (day, time) => {
    expect(parts(`{"hello":"a","id":1,"time":"${time}"}`, day)).toMatchObject({ own: undefined, other: time });
  });

  test.each([
    '{"hello":"a\\n","id":1,"time":"2026-01-15 12:00:00"}',
    '{"hello":"a\u0001","id":1,"time":"2026-01-15 12:00:00"}',
    '{"hello":"\ufffd","id":1,"time":"2026-01-15 12:00:00"}',
    '{"hello":"a","id":01,"time":"2026-01-15 12:00:00"}',
    '{"hello":"a","id":-1,"time":"2026-01-15 12:00:00"}',
    '{"hello":"a","id":1234567890123456,"time":"2026-01-15 12:00:00"}',
    '{"hello":"a","id":1,"time":"2026-01-15 12:00:00"}]',
    '{"hello":"a","id":1,"time":"2026-01-15"}',
    '{"hello":"a","id":1,"time":"2026-01-15 24:00:00"}',
    '{"hello":"a","id":1,"time":"2026-02-30 12:00:00"}',
    '{"hello":"a","id":1,"time":"0000-01-01 12:00:00"}',
    `{"hello":"${"a".repeat(299_901)}","id":1,"time":"2026-01-15 12:00:00"}`,
    ' {"hello":"a","id":1,"time":"2026-01-15 12:00:00"}',
    "",
  ])("are not %j: JSON has to be parsed", (line) => {
    expect(parts(line)).toEqual({ rest: line });
  });

  test("are all JSON, and events of their day", () => {
    const plain = VECTORS.filter(({ input }) => parts(String(input ?? ""), "2026-11-21").own !== undefined);
    expect(plain.length).toBeGreaterThan(0);
    for (const { name, input, output } of plain) {
      expect(() => JSON.parse(String(input)), name).not.toThrow();
      expect(output, name).toEqual(expect.any(String));
    }
  });
});

describe("paths", () => {
  test("are one pattern per directory, or a name", () => {
    expect(pathsOf([directory("a.json", "b.json"), directory("c.json"), directory()])).toEqual([
      "/lambda/events/dt=2026-01-15/{a.json,b.json}",
      "/lambda/events/dt=2026-01-15/c.json",
    ]);
  });
  test("of many files are several patterns", () => {
    const names = Array.from({ length: 2_001 }, (_, index) => `f${index}.json`);
    expect(pathsOf([directory(...names)]).map((path) => path.split(",").length)).toEqual([1000, 1000, 1]);
  });
  test.each(["a,b", "a{b", "a*", "_a", "a b"])("of a file named %j are refused", (name) => {
    expect(() => pathsOf([directory(name)])).toThrow("a file name that Druid could not be given");
  });
});

describe("the task", () => {
  const ingestion: Ingestion = {
    day: "2026-01-01",
    datasource: "events_batch",
    sql: "REPLACE …",
    fingerprint: "0123456789ab",
    columns: { __time: "TIMESTAMP", id: "BIGINT", hello: "VARCHAR" },
    workers: 2,
    rowsPerSegment: 1_000_000,
  };
  const plan = {
    query: { context: { keep: 1, sqlInsertSegmentGranularity: '"HOUR"' } },
    columnMappings: [
      { queryColumn: "d0", outputColumn: "__time" },
      { queryColumn: "v0", outputColumn: "hello" },
      { queryColumn: "v1", outputColumn: "id" },
    ],
  };

  test("makes one segment interval of the Seoul day", () => {
    expect(taskOf(ingestion, plan, 3)).toMatchObject({
      type: "query_controller",
      id: "reindex_events_batch_2026-01-01_0123456789ab_3",
      spec: {
        query: {
          context: {
            keep: 1,
            maxNumTasks: 3,
            // 490 887 hours after 1970 the day begins, and that is the only such boundary for 56 years.
            sqlInsertSegmentGranularity: '{"type":"period","period":"PT490887H","timeZone":"UTC","origin":null}',
          },
        },
        destination: {
          dataSource: "events_batch",
          segmentGranularity: { type: "period", period: "P1D", timeZone: "UTC", origin: "1969-12-31T15:00:00.000Z" },
          replaceTimeChunks: ["2025-12-31T15:00:00.000Z/2026-01-01T15:00:00.000Z"],
        },
        tuningConfig: { maxNumWorkers: 2, rowsPerSegment: 1_000_000 },
      },
      sqlTypeNames: ["TIMESTAMP", "VARCHAR", "BIGINT"],
      nativeTypeNames: ["LONG", "STRING", "LONG"],
    });
  });

  test("has no column that nobody asked for", () => {
    const other = { ...plan, columnMappings: [{ queryColumn: "d0", outputColumn: "constructor" }] };
    expect(() => taskOf(ingestion, other, 1)).toThrow("Druid planned a column constructor for events_batch");
  });
});
