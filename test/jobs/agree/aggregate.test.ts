import { describe, expect, test } from "vitest";
import { compareAggregate } from "../../../jobs/agree/aggregate";
import { agreeSchema, type Plan } from "../../../jobs/agree/config";
import { dropLeftTables, dropSparkTable, sparkTable, stampOf } from "../../../jobs/agree/spark-table";
import type { Mysql, Sql, SqlRow } from "../../../jobs/core/mysql";
import type { KafkaRecord } from "../../../jobs/core/record";
import { agrees } from "../../../jobs/core/report";
import { formatSeoulTime } from "../../../jobs/core/seoul-time";
import { TOPICS } from "./world";

const MYSQL = { host: "mysql", port: 3306, user: "scott", database: "default", passwordFile: "/none" };
const CONFIG = agreeSchema.parse({
  kafka: { brokers: ["kafka:9093"] },
  topics: TOPICS,
  enrichGroupId: "enrich",
  names: [],
  depts: [],
  parts: ["aggregate"],
  aggregate: {
    mysql: MYSQL,
    ours: "events_users_v1",
    spark: "notebook_verify",
    window: { sizeSeconds: 10, watermarkSeconds: 15 },
  },
  waitSeconds: 0,
});
/** 12:00:00 in Seoul. */
const NOON = Date.UTC(2026, 10, 21, 3) / 1000;

/** What a test may change: counts by `start user`, start in seconds after noon. */
interface World {
  readonly ours: Map<string, number>;
  readonly late: Map<string, number>;
  readonly spark: Map<string, number>;
  position: number;
  rule: object;
}

/** Seconds after noon and user of each stage record, in the order of their offsets, and when it was written. */
type Stage = readonly [second: number | string, user: string, written?: number];

/** Records in order, and one that is late by 40 s: the job leaves it out, Spark has read all at once and counts it. */
const STAGES: readonly Stage[] = [
  [0, "kim"],
  [1, "kim"],
  [2, "lee"],
  [12, "kim"],
  [50, "lee"],
  [3, "kim"],
  [61, "kim"],
];

function worldOf(): World {
  return {
    ours: new Map([
      ["0 kim", 2],
      ["0 lee", 1],
      ["10 kim", 1],
      ["50 lee", 1],
      ["60 kim", 1],
    ]),
    late: new Map([["0 kim", 1]]),
    spark: new Map([
      ["0 kim", 3],
      ["0 lee", 1],
      ["10 kim", 1],
      ["50 lee", 1],
      ["60 kim", 1],
    ]),
    position: STAGES.length,
    rule: {},
  };
}

function stageRecord([second, user, written = 100]: Stage, offset: number): KafkaRecord {
  const time = typeof second === "string" ? second : formatSeoulTime(NOON + second);
  const value = { time, user_id: 1, user_name: user, id: offset };
  const headers = { "source.partition": Buffer.from("0"), "source.offset": Buffer.from(String(offset)) };
  // Events far ahead of their record's timestamp are counted by nobody.
  const timestamp = (NOON + written) * 1000;
  return {
    topic: TOPICS.output,
    partition: 0,
    offset,
    timestamp,
    key: null,
    value: Buffer.from(JSON.stringify(value)),
    headers,
  };
}

function rowsOf(counts: ReadonlyMap<string, number>, column: string): SqlRow[] {
  return [...counts].map(([id, count]) => {
    const [start = "", user] = id.split(" ");
    const begin = NOON + Number(start);
    return { start: formatSeoulTime(begin), end: formatSeoulTime(begin + 10), key: user, [column]: count };
  });
}

async function compare(
  world: World,
  {
    stages = STAGES,
    first = 0,
    end = stages.length,
    kept = 0,
  }: { stages?: readonly Stage[]; first?: number; end?: number; kept?: number } = {},
) {
  const records = stages.map(stageRecord);
  const answer = (text: string): SqlRow[] => {
    if (text.includes("_positions`")) return [{ partition_id: 0, position: world.position, rejected: 0 }];
    if (text.includes("_runs`")) {
      return [
        {
          run: 1,
          window_seconds: 10,
          watermark_seconds: 15,
          max_ahead_seconds: 300,
          from_positions: {},
          ...world.rule,
        },
      ];
    }
    if (text.includes("SUM(late)")) return rowsOf(world.late, "late");
    return text.includes("notebook_verify") ? rowsOf(world.spark, "count") : rowsOf(world.ours, "count");
  };
  const sql: Sql = { rows: async (text) => answer(text), run: async () => 0 };
  const mysql: Mysql = { ...sql, transaction: (work) => work(sql), close: async () => {} };
  const plan: Plan = { run: "verify-test", input: [], spark: [], stages: [{ partition: 0, first, end }] };
  const { aggregate } = CONFIG;
  if (!aggregate) throw new Error("no config");
  return compareAggregate(CONFIG, aggregate, plan, {
    kafka: {
      async *readRange(_, __, from, to) {
        yield records.filter(({ offset }) => offset >= from && offset < to);
      },
    },
    admin: { partitions: async () => 1, ranges: async () => [{ partition: 0, first: kept, end: records.length }] },
    mysql,
    say: () => {},
  });
}

test("rows that are equal agree; a late record is in Spark's row alone, as it has read all at once", async () => {
  const report = await compare(worldOf());
  expect(report.differences).toEqual([]);
  expect(agrees(report)).toBe(true);
  expect(report.checks[0]).toEqual({
    name: "events_users_v1: sum of the 4 rows without late records",
    expected: 4,
    actual: 4,
  });
  expect(report.notes.join()).toContain("1 rows hold late records");
});

describe("a difference", () => {
  const at = "2026-11-21 12:00:10 … 2026-11-21 12:00:20 kim";
  const cases: [string, (world: World) => void, string[]][] = [
    [
      "our count",
      (w) => w.ours.set("10 kim", 2),
      [`events_users_v1 ${at}: count 2, computed 1; late 0, computed 0; notebook_verify has 1`],
    ],
    [
      "our row is missing",
      (w) => w.ours.delete("10 kim"),
      [`events_users_v1 ${at}: count 0, computed 1; late 0, computed 0; notebook_verify has 1`],
    ],
    [
      "Spark's count",
      (w) => w.spark.set("10 kim", 4),
      [`notebook_verify ${at}: count 4 of 1 records; events_users_v1 has 1`],
    ],
    [
      "Spark's row is missing",
      (w) => w.spark.delete("10 kim"),
      [`notebook_verify ${at}: count 0 of 1 records; events_users_v1 has 1`],
    ],
    [
      "both are wrong in the same way",
      (w) => {
        w.ours.set("10 kim", 5);
        w.spark.set("10 kim", 5);
      },
      [
        `events_users_v1 ${at}: count 5, computed 1; late 0, computed 0; notebook_verify has 5`,
        `notebook_verify ${at}: count 5 of 1 records; events_users_v1 has 5`,
      ],
    ],
    [
      "the job has counted a late record",
      (w) => {
        w.ours.set("0 kim", 3);
        w.late.clear();
      },
      [
        "events_users_v1 2026-11-21 12:00:00 … 2026-11-21 12:00:10 kim: count 3, computed 2; late 0, computed 1; notebook_verify has 3",
      ],
    ],
    [
      "Spark has dropped a record",
      (w) => w.spark.set("0 kim", 2),
      ["notebook_verify 2026-11-21 12:00:00 … 2026-11-21 12:00:10 kim: count 2 of 3 records; events_users_v1 has 2"],
    ],
    [
      "a row of nobody's records",
      (w) => w.spark.set("20 park", 1),
      ["notebook_verify 2026-11-21 12:00:20 … 2026-11-21 12:00:30 park: count 1 of 0 records; events_users_v1 has 0"],
    ],
    [
      "a row of ours of nobody's records",
      (w) => w.ours.set("20 park", 1),
      [
        "events_users_v1 2026-11-21 12:00:20 … 2026-11-21 12:00:30 park: count 1, computed 0; late 0, computed 0; notebook_verify has 0",
      ],
    ],
  ];
  test.each(cases)("%s: is found and printed", async (_, change, lines) => {
    const world = worldOf();
    change(world);
    const report = await compare(world);
    expect(report.differences).toEqual(lines);
    expect(agrees(report)).toBe(false);
  });
});

describe("while data flows", () => {
  const more: readonly Stage[] = [...STAGES, [62, "kim"], [63, "lee"]];

  test("rows of which records came after the range was frozen are left out", async () => {
    const world = worldOf();
    world.position = more.length;
    world.ours.set("60 kim", 2).set("60 lee", 1);
    for (const sparks of [1, 2]) {
      world.spark.set("60 kim", sparks); // Spark may have seen the new one or not
      const report = await compare(world, { stages: more, end: STAGES.length });
      expect(report.differences).toEqual([]);
      expect(report.notes.join()).toContain("2 rows are left out");
    }
  });

  /** What Spark has counted of the stages from an offset on, and the job of them and of those before. */
  function worldFrom(
    stages: readonly Stage[],
    ours: Record<string, number>,
    late: Record<string, number>,
    spark: object,
  ) {
    const maps = { ours: new Map(Object.entries(ours)), late: new Map(Object.entries(late)) };
    return { ...maps, spark: new Map(Object.entries(spark)), position: stages.length, rule: {} };
  }
  const sums = (rows: number) => ({
    name: `events_users_v1: sum of the ${rows} rows without late records`,
    expected: rows,
    actual: rows,
  });

  test("windows that began before what Spark has read are left out", async () => {
    const world = worldOf();
    world.spark.delete("0 lee");
    world.spark.set("0 kim", 1);
    const report = await compare(world, { first: 3 });
    expect(report.differences).toEqual([]);
    expect(report.checks[0]).toEqual(sums(3));
    world.spark.set("60 kim", 2);
    expect((await compare(world, { first: 3 })).differences).toHaveLength(1);
  });

  test("an event ahead of its time, just before what Spark has read, moves the watermark there too", async () => {
    const stages: readonly Stage[] = [
      [130, "kim", 10],
      [11, "kim", 11],
      [125, "lee", 12],
      [400, "lee", 400],
    ];
    const world = worldFrom(
      stages,
      { "130 kim": 1, "120 lee": 1, "400 lee": 1 },
      { "10 kim": 1 },
      { "10 kim": 1, "120 lee": 1, "400 lee": 1 },
    );
    const known = await compare(world, { stages, first: 1 });
    expect(known.differences).toEqual([]);
    expect(known.checks[0]).toEqual(sums(2));
    expect(known.notes.join()).toContain("1 rows hold late records");
    // Where retention has removed that event, windows are compared that no such event can have touched.
    const unknown = await compare(world, { stages, first: 1, kept: 1 });
    expect(unknown.differences).toEqual([]);
    expect(unknown.checks[0]).toEqual(sums(1));
    expect(unknown.notes.join()).toContain("windows from 2026-11-21 12:05:12 on are compared");
    world.ours.set("400 lee", 2);
    expect((await compare(world, { stages, first: 1, kept: 1 })).differences).toHaveLength(1);
  });

  test("a late record that what is known of a clock begins with does not set that clock back", async () => {
    const stages: readonly Stage[] = [
      [60, "kim", 60],
      [0, "kim", 60],
      [30, "kim", 61],
      [400, "lee", 400],
    ];
    const world = worldFrom(
      stages,
      { "60 kim": 1, "400 lee": 1 },
      { "0 kim": 1, "30 kim": 1 },
      { "0 kim": 1, "30 kim": 1, "400 lee": 1 },
    );
    for (const kept of [0, 1]) {
      const report = await compare(world, { stages, first: 1, kept });
      expect(report.differences).toEqual([]);
      expect(report.checks[0]).toEqual(sums(1));
    }
  });

  test("the job is waited for, but not for ever", async () => {
    const behind = { ...worldOf(), position: 3 };
    await expect(compare(behind)).rejects.toThrow("events_users_v1 has not counted all of events_stages within 0 s");
  });

  test("a table filled by another rule than the stack's is refused", async () => {
    await expect(compare({ ...worldOf(), rule: { watermark_seconds: 60 } })).rejects.toThrow(
      "events_users_v1 is not filled by the stack's rule (windows of 10 s, a watermark of 15 s)",
    );
  });
});

test("an event far ahead of its record counts for neither", async () => {
  const world = worldOf();
  const ahead: readonly Stage[] = [...STAGES, [4_000, "kim"]];
  world.position = ahead.length;
  expect((await compare(world, { stages: ahead })).differences).toEqual([]);
});

test("a year that no table can hold counts for neither; what was before Seoul's clocks stood still is left out", async () => {
  const world = worldOf();
  const old: readonly Stage[] = [...STAGES, ["0500-01-01 12:00:00", "kim"], ["1988-06-01 12:00:00", "kim"]];
  world.position = old.length;
  const report = await compare(world, { stages: old });
  expect(report.differences).toEqual([]);
  expect(report.notes).toContain("1 rows before 1988-10-10 09:00:00 are left out");
});

describe("the table that notebook 2 fills", () => {
  const aggregate = { mysql: MYSQL, spark: "notebook_verify" };
  const NOW = Date.UTC(2026, 10, 21);
  const DAY_MS = 86_400_000;
  function recording(tables: readonly string[] = []) {
    const ran: string[] = [];
    const run = async (sql: string) => ran.push(sql);
    return { ran, run, rows: async () => tables.map((found) => ({ found })) };
  }

  test("is another one in each comparison, and has a name that the notebook takes", () => {
    const names = [0, 0.5, 0.999_999].map((random) => sparkTable(aggregate, stampOf(NOW, random)));
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^notebook_[a-z0-9_]{1,40}$/);
  });

  test("is removed with what is beside it, and nothing else", async () => {
    const mysql = recording();
    await dropSparkTable(aggregate, "notebook_verify_a_0001", mysql);
    expect(mysql.ran).toEqual([
      "DROP TABLE IF EXISTS `default`.`notebook_verify_a_0001`, `default`.`notebook_verify_a_0001_staging`",
    ]);
    const wrong = { ...CONFIG, aggregate: { ...CONFIG.aggregate, spark: "events_users_v1" } };
    expect(agreeSchema.safeParse(wrong).success).toBe(false);
  });

  test("is removed by a later comparison when its own was killed; that of one that may still run is not", async () => {
    const dead = sparkTable(aggregate, stampOf(NOW - 2 * DAY_MS, 0.1));
    const deader = sparkTable(aggregate, stampOf(NOW - 3 * DAY_MS, 0.1));
    const running = sparkTable(aggregate, stampOf(NOW - DAY_MS / 2, 0.1));
    const others = ["events_users_v1", "notebook_users_v1", "notebook_verify_mine", "notebook_v"];
    const mysql = recording([...others, dead, `${dead}_staging`, `${deader}_staging`, running, `${running}_staging`]);
    await dropLeftTables(aggregate, mysql, NOW);
    expect(mysql.ran).toHaveLength(2);
    expect(mysql.ran.join()).toContain(`\`${dead}\`, `);
    expect(mysql.ran.join()).toContain(`\`${deader}\`, `);
    expect(mysql.ran.join()).not.toContain(running);
  });
});
