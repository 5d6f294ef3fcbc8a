import { compareAggregate } from "../../../jobs/agree/aggregate";
import { agreeSchema, type Plan } from "../../../jobs/agree/config";
import type { Mysql, Sql, SqlRow } from "../../../jobs/core/mysql";
import type { KafkaRecord } from "../../../jobs/core/record";
import { formatSeoulTime } from "../../../jobs/core/seoul-time";
import { TOPICS } from "./world";

export const MYSQL = { host: "mysql", port: 3306, user: "scott", database: "default", passwordFile: "/none" };
export const CONFIG = agreeSchema.parse({
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
export interface World {
  readonly ours: Map<string, number>;
  readonly late: Map<string, number>;
  readonly spark: Map<string, number>;
  position: number;
  rule: object;
}

/** Seconds after noon and user of each stage record, in the order of their offsets, and when it was written. */
export type Stage = readonly [second: number | string, user: string, written?: number];

/** Records in order, and one that is late by 40 s: the job leaves it out, Spark has read all at once and counts it. */
export const STAGES: readonly Stage[] = [
  [0, "kim"],
  [1, "kim"],
  [2, "lee"],
  [12, "kim"],
  [50, "lee"],
  [3, "kim"],
  [61, "kim"],
];

export function worldOf(): World {
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

export async function compare(
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
