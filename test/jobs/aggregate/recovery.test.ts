import { describe, expect, test } from "vitest";
import { beginRecovery, jobName, RecoveryRefused } from "../../../jobs/aggregate/recovery";
import type { Kafka } from "../../../jobs/core/kafka-api";
import type { Mysql, Sql, SqlRow, SqlValue } from "../../../jobs/core/mysql";

const LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const RULE = { windowSeconds: 10, watermarkSeconds: 3600, maxAheadSeconds: 300 };
const OPTIONS = { id: "r1", database: "default", table: "events_users_v2", topic: "events_stages", rule: RULE };

/** What MySQL holds for the table, in the little that a recovery asks about. */
class FakeMysql {
  readers = "events_users_v1";
  runs: number[] = [];
  recoveries: Record<string, unknown>[] = [];
  rows = 7;
  positions = new Map<number, number>();
  failAt = "";
  readonly log: string[] = [];

  private readonly sql: Sql = {
    rows: async (text): Promise<SqlRow[]> => {
      if (text.includes("information_schema")) return [{ definition: `from \`default\`.\`${this.readers}\`` }];
      if (text.includes("_runs`")) return this.runs.map((run) => ({ run, from_positions: {} }));
      if (text.includes("_positions`")) {
        return [...this.positions].map(([id, position]) => ({ partition_id: id, position, rejected: 0 }));
      }
      return this.recoveries;
    },
    run: async (text, values: readonly SqlValue[] = []) => {
      const verb =
        text
          .replace(/\s+/g, " ")
          .replaceAll("`", "")
          .split(/ \(| SET | WHERE | LIMIT /)[0] ?? "";
      if (verb === this.failAt) throw new Error("killed");
      this.log.push(verb);
      const [first, second, third] = values;
      if (verb.startsWith("DELETE FROM default_state.events_users_v2_positions")) this.positions.clear();
      else if (verb.startsWith("DELETE")) {
        const left = this.rows;
        this.rows = 0;
        return left;
      } else if (verb.endsWith("_runs")) this.runs.push(Number(first));
      else if (verb.startsWith("INSERT"))
        this.recoveries.push({ id: first, run: second, emptied_at: null, caught_up_at: null });
      else if (text.includes("caught_up_at")) Object.assign(this.recoveries.at(-1) ?? {}, { caught_up_at: "now" });
      else
        Object.assign(this.recoveries.at(-1) ?? {}, {
          start_offsets: first,
          end_offsets: second,
          emptied_at: "now",
          id: third,
        });
      return 0;
    },
  };
  readonly mysql: Mysql = { ...this.sql, transaction: (work) => work(this.sql), close: async () => {} };

  /** Begins on a topic whose records end at 10, with two control records behind them. */
  begin(id = "r1") {
    const admin = { ranges: async () => [{ partition: 0, first: 3, end: 12 }] };
    const kafka: Pick<Kafka, "readRange"> = {
      async *readRange(topic, partition, from, to) {
        for (let offset = from; offset < Math.min(to, 10); offset += 1) {
          yield [{ topic, partition, offset, timestamp: 0, key: null, value: null, headers: {} }];
        }
      },
    };
    return beginRecovery(this.mysql, admin, kafka, { ...OPTIONS, id }, LOG);
  }
}

test("it refuses other writers first, then empties the table, then freezes the ends", async () => {
  const fake = new FakeMysql();
  fake.runs = [1];
  fake.positions.set(0, 99);
  const recovery = await fake.begin();
  expect(fake.runs).toEqual([1, 2]);
  expect(recovery.run).toBe(2);
  expect(fake.log).toEqual([
    "INSERT INTO default_state.events_users_v2_runs",
    "INSERT INTO default_state.events_users_v2_recoveries",
    "DELETE FROM default_state.events_users_v2_positions",
    "DELETE FROM default.events_users_v2",
    "DELETE FROM default.events_users_v2",
    "DELETE FROM default_state.events_users_v2_partials",
    "UPDATE default_state.events_users_v2_recoveries",
  ]);
  expect(recovery.ends).toEqual(new Map([[0, 10]])); // after the last record: no reader ever sees what is behind it
});

test("it has caught up when every partition has been counted to its frozen end, and notes that once", async () => {
  const fake = new FakeMysql();
  const recovery = await fake.begin();
  expect(await recovery.caughtUp()).toBe(false);
  fake.positions.set(0, 9);
  expect(await recovery.caughtUp()).toBe(false);
  fake.positions.set(0, 10);
  expect(await recovery.caughtUp()).toBe(true);
  const updates = fake.log.filter((line) => line.startsWith("UPDATE")).length;
  expect(await recovery.caughtUp()).toBe(true);
  expect(fake.log.filter((line) => line.startsWith("UPDATE"))).toHaveLength(updates);
});

describe("started again", () => {
  test("the same recovery goes on with what it has", async () => {
    const fake = new FakeMysql();
    await fake.begin();
    fake.positions.set(0, 5);
    fake.log.length = 0;
    const again = await fake.begin();
    expect(fake.log).toEqual([]);
    expect(again.ends).toEqual(new Map([[0, 10]]));
  });

  test("one that was killed while emptying empties the rest", async () => {
    const fake = new FakeMysql();
    fake.failAt = "DELETE FROM default_state.events_users_v2_partials";
    await expect(fake.begin()).rejects.toThrow("killed");
    fake.failAt = "";
    await fake.begin();
    expect(fake.runs).toEqual([1]); // still the same one
    expect(fake.log.slice(-2)).toEqual([
      "DELETE FROM default_state.events_users_v2_partials",
      "UPDATE default_state.events_users_v2_recoveries",
    ]);
  });

  test("one that was replaced has nothing left to do", async () => {
    const fake = new FakeMysql();
    await fake.begin("r1");
    await fake.begin("r2");
    const refused = await fake.begin("r1").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RecoveryRefused);
    expect(refused).toMatchObject({ replaced: true, message: "recovery r1 was replaced by r2" });
  });
});

test("a table that readers are on is not emptied", async () => {
  const fake = new FakeMysql();
  fake.readers = "events_users_v2";
  await expect(fake.begin()).rejects.toThrow("readers of events_users are on events_users_v2: cut over to v1");
  expect(fake.rows).toBe(7);
});

test("v1 is refused even if a config came through", async () => {
  const fake = new FakeMysql();
  const options = { ...OPTIONS, table: "events_users_v1" };
  const none = { ranges: async () => [] };
  await expect(beginRecovery(fake.mysql, none, { readRange: async function* () {} }, options, LOG)).rejects.toThrow(
    "end in _v2",
  );
  expect(fake.log).toEqual([]);
});

test.each([
  ["recover-1763722800-x7k2p", "recover-1763722800"],
  ["recover-abc12", "recover"],
  ["laptop", "laptop"],
])("the pod %s belongs to the Job %s", (pod, job) => {
  expect(jobName(pod)).toBe(job);
});
