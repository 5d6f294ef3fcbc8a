import { expect, test } from "vitest";
import type { Kafka } from "../../../jobs/core/kafka-api";
import type { Mysql, Sql, SqlRow } from "../../../jobs/core/mysql";
import { cutoverSchema } from "../../../jobs/cutover/config";
import { CutoverRefused, cutOver } from "../../../jobs/cutover/cutover";

const CONFIG = cutoverSchema.parse({
  kafka: { brokers: ["kafka:9093"] },
  mysql: { host: "mysql", port: 3306, user: "scott", database: "default", passwordFile: "/none" },
  topic: "events_stages",
  to: "v2",
  waitSeconds: 0,
});
/** A recovery that has counted a topic of ten records. */
const GOOD = {
  on: "events_users_v1",
  recovery: { id: "r1", start_offsets: { "0": 0 }, caught_up_at: "2026-11-21 00:00:00" } as SqlRow | undefined,
  position: 12, // two control records lie behind the last one
  v1: 8,
  v2: 9,
  late: 1,
  inTopic: 10,
};

/** The world as a log of what was asked of it, in order. */
function world(state: typeof GOOD) {
  const log: string[] = [];
  const answer = (sql: string): SqlRow[] => {
    if (sql.includes("information_schema.VIEWS")) {
      return [{ definition: `select \`${state.on}\`.\`start\` AS \`start\` from \`default\`.\`${state.on}\`` }];
    }
    if (sql.includes("_recoveries`")) return state.recovery ? [state.recovery] : [];
    if (sql.includes("_positions`")) {
      log.push("v2's position");
      return [{ partition_id: 0, position: state.position, rejected: 0 }];
    }
    if (sql.includes("MIN(start)")) return [{ first: "2026-11-21 00:00:00" }];
    if (sql.includes("SUM(late)")) return [{ counted: state.v2, late: state.late }];
    log.push(sql.includes("events_users_v1") ? "v1's sum" : "v2's sum");
    return [{ total: sql.includes("events_users_v1") ? state.v1 : state.v2 }];
  };
  const sql: Sql = {
    rows: async (text) => answer(text),
    run: async (text) => {
      log.push(text.replace(/\s+/g, " ").split(" AS ")[0] ?? "");
      return 0;
    },
  };
  const mysql: Mysql = { ...sql, transaction: (work) => work(sql), close: async () => {} };
  const kafka: Pick<Kafka, "readRange"> = {
    async *readRange(topic, partition, from, to) {
      const offsets = Array.from({ length: state.inTopic }, (_, offset) => offset).filter(
        (one) => one >= from && one < to,
      );
      yield offsets.map((offset) => ({ topic, partition, offset, timestamp: 0, key: null, value: null, headers: {} }));
    },
  };
  const admin = {
    ranges: async () => {
      log.push("the topic's end");
      return [{ partition: 0, first: 0, end: state.inTopic + 2 }];
    },
  };
  return { log, deps: { kafka, admin, mysql } };
}

test("readers are moved after the checks, v1's sum taken before the ends that v2 must reach", async () => {
  const { log, deps } = world(GOOD);
  expect(await cutOver(CONFIG, deps)).toBe(
    "readers of events_users are on events_users_v2 now (v2 counts 9 records, v1 8; 10 in the topic)",
  );
  expect(log).toEqual([
    "v1's sum",
    "the topic's end",
    "v2's position",
    "v2's position",
    "v2's sum",
    "CREATE OR REPLACE SQL SECURITY INVOKER VIEW `default`.`events_users`",
  ]);
});

test.each([
  ["no recovery", { recovery: undefined }, "no recovery has filled v2"],
  ["a recovery under way", { recovery: { id: "r1", start_offsets: null, caught_up_at: null } }, "has not caught up"],
  ["records left to count", { position: 4 }, "6 in partition 0 left"],
  ["a lost record", { late: 0 }, "v2 has seen 9 records, the topic has 10"],
  ["fewer than v1", { v1: 10 }, "fewer than v1's 10"],
])("with %s readers stay where they are", async (_, change, message) => {
  const { log, deps } = world({ ...GOOD, ...change });
  await expect(cutOver(CONFIG, deps)).rejects.toThrow(message);
  await expect(cutOver(CONFIG, deps)).rejects.toBeInstanceOf(CutoverRefused);
  expect(log.filter((line) => line.startsWith("CREATE"))).toEqual([]);
});

test("back to v1 needs nothing of v2", async () => {
  const { log, deps } = world({ ...GOOD, on: "events_users_v2", recovery: undefined });
  expect(await cutOver({ ...CONFIG, to: "v1" }, deps)).toBe("readers of events_users are on events_users_v1 now");
  expect(log).toEqual(["CREATE OR REPLACE SQL SECURITY INVOKER VIEW `default`.`events_users`"]);
});

test("where readers are already nothing is done", async () => {
  const { log, deps } = world({ ...GOOD, on: "events_users_v2" });
  expect(await cutOver(CONFIG, deps)).toBe("readers of events_users are on events_users_v2 already");
  expect(log).toEqual([]);
});
