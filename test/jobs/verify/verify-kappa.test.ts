import { describe, expect, test } from "vitest";
import { checkConfig } from "../../../jobs/core/config";
import { derived } from "../../../jobs/core/expected-rows";
import type { Mysql, Sql, SqlRow } from "../../../jobs/core/mysql";
import type { KafkaRecord } from "../../../jobs/core/record";
import { agrees, reportText } from "../../../jobs/core/report";
import { verifySchema } from "../../../jobs/verify/config";
import { verifyKappa } from "../../../jobs/verify/verify";

const CONFIG = {
  kafka: { brokers: ["kafka:9093"] },
  mysql: { host: "mysql", port: 3306, user: "scott", database: "default", passwordFile: "/none" },
  topics: { input: "events", output: "events_stages", deadLetter: "events.dead-letter" },
  enrichGroupId: "enrich",
  names: [],
  depts: [],
  tables: [
    { table: "events_users_v1", column: "user_name", by: "user_name" },
    { table: "events_users_v2", column: "user_name", by: "user_name" },
  ],
  window: { sizeSeconds: 10, watermarkSeconds: 15 },
  waitSeconds: 0,
};
const TIME = "2026-11-21 12:00:00";

function record(topic: string, offset: number, value: object, headers: Record<string, string>): KafkaRecord {
  const id = offset;
  return {
    topic,
    partition: 0,
    offset,
    timestamp: Date.UTC(2026, 10, 21, 3),
    key: Buffer.from(String(id % 10)),
    value: Buffer.from(JSON.stringify(value)),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
  };
}
function eventAndStage(id: number): KafkaRecord[] {
  const { user_name, dept_name, gender, age, user_id } = derived(id, new Map(), new Map());
  const value = { time: TIME, user_id, user_name, dept_name, gender, age, hello: "h", id };
  return [
    record("events", id, { hello: "h", id, time: TIME }, {}),
    record("events_stages", id, value, { "source.partition": "0", "source.offset": String(id) }),
  ];
}
const foreign = (offset: number): KafkaRecord => {
  const [, stage] = eventAndStage(offset);
  return { ...(stage as KafkaRecord), headers: {} };
};

/** Three events, counted by v1 up to the end and by v2 up to `v2`. */
async function verify(change: { records?: KafkaRecord[]; v1?: number; v2?: number; rule?: object; config?: object }) {
  const records = change.records ?? [0, 1, 2].flatMap(eventAndStage);
  const { v1 = 3, v2 = 3 } = change;
  const run = { run: 1, window_seconds: 10, watermark_seconds: 15, max_ahead_seconds: 300, from_positions: {} };
  const counted = (text: string) => (text.includes("_v2") ? v2 : v1);
  const answer = (text: string): SqlRow[] => {
    if (text.includes("_recoveries`")) return [{ start_offsets: { "0": 0 }, caught_up_at: "2026-11-21 00:00:00" }];
    if (text.includes("_positions`")) return [{ partition_id: 0, position: counted(text), rejected: 0 }];
    if (text.includes("_runs`")) return [text.includes("_v2") ? run : { ...run, ...change.rule }];
    if (text.includes("SUM(late)") || counted(text) === 0) return [];
    return [{ start: TIME, end: "2026-11-21 12:00:10", key: "Unknown Name", count: counted(text) }];
  };
  const sql: Sql = { rows: async (text) => answer(text), run: async () => 0 };
  const mysql: Mysql = { ...sql, transaction: (work) => work(sql), close: async () => {} };
  const end = (topic: string) => records.filter((one) => one.topic === topic).length;
  return verifyKappa(checkConfig(verifySchema, { ...CONFIG, ...change.config }, "config"), {
    kafka: {
      async *readRange(topic, _, from, to) {
        yield records.filter((one) => one.topic === topic && one.offset >= from && one.offset < to);
      },
    },
    admin: {
      partitions: async () => 1,
      ranges: async (topic) => [{ partition: 0, first: 0, end: end(topic) }],
      committed: async () => [{ partition: 0, offset: end("events"), metadata: "" }],
    },
    mysql,
    say: () => {},
  });
}

test("tables that hold what they should agree", async () => {
  const report = await verify({});
  expect(report.differences).toEqual([]);
  expect(report.notes).toEqual([]);
  expect(agrees(report)).toBe(true);
});

test.each(["2026-02-31 00:00:00", "2026-02-29 00:00:00", "2026-11-21 24:00:00"])("%s is no time", (from) => {
  expect(() => checkConfig(verifySchema, { ...CONFIG, from }, "config")).toThrow("from");
});

test("a range without events is nothing to agree about", async () => {
  const report = await verify({ config: { from: "2030-01-01 00:00:00" } });
  expect(agrees(report)).toBe(false);
  expect(reportText("kappa", report, 1)).toContain("kappa: nothing to check in this range");
  expect(reportText("kappa", report, 1)).not.toContain("agrees");
});

describe("a recovery that was stopped", () => {
  test("is compared as far as it has counted, and the report says how far", async () => {
    const report = await verify({ v2: 1 });
    expect(agrees(report)).toBe(true);
    expect(report.notes.join()).toContain(
      "events_users_v2: compared as far as the recovery has counted, 2 offsets behind",
    );
  });
  test("is not waited for; a table that must be complete is", async () => {
    await expect(verify({ v1: 2 })).rejects.toThrow("events_users_v1 has not counted all of events_stages within 0 s");
  });
});

describe("records that enrich did not make", () => {
  test("are counted and disagree, although the tables have counted them", async () => {
    const report = await verify({ records: [...[0, 1, 2].flatMap(eventAndStage), foreign(3)], v1: 4, v2: 4 });
    expect(agrees(report)).toBe(false);
    expect(report.differences).toEqual(["events_stages: 1 records do not say which event they were made from"]);
  });
  test("are left out with the rest of what is not in the range", async () => {
    const config = { from: "2020-01-01 00:00:00", to: "2020-01-02 00:00:00" };
    const report = await verify({ records: [...[0, 1, 2].flatMap(eventAndStage), foreign(3)], v1: 4, v2: 4, config });
    expect(report.differences).toEqual([]);
  });
});

test.each([{ watermark_seconds: 0 }, { window_seconds: 5 }, { max_ahead_seconds: 9 }])(
  "a table filled by another rule than the stack's (%j) fails",
  async (rule) => {
    await expect(verify({ rule })).rejects.toThrow(
      "events_users_v1 is not filled by the stack's rule (windows of 10 s",
    );
  },
);
