import { Registry } from "prom-client";
import { afterEach, describe, expect, test } from "vitest";
import { aggregateSchema } from "../../../jobs/aggregate/config";
import { aggregateMetrics } from "../../../jobs/aggregate/metrics";
import { type AggregateDeps, type RunningAggregate, runAggregate } from "../../../jobs/aggregate/run";
import { Superseded } from "../../../jobs/aggregate/store";
import type { ConsumedBatch, ConsumeOptions } from "../../../jobs/core/kafka-api";
import type { KafkaRecord } from "../../../jobs/core/record";
import { emptyTables, ModelStore } from "./model-store";

const CONFIG = aggregateSchema.parse({
  kafka: { brokers: ["kafka:9093"] },
  http: { port: 0 },
  mysql: { host: "mysql", port: 3306, user: "scott", database: "default", passwordFile: "/none" },
  topic: "events_stages",
  deadLetter: "events.dead-letter",
  groupId: "aggregate",
  window: { sizeSeconds: 10, watermarkSeconds: 15 },
  flushMs: 600_000, // tests flush by stopping, or by hand
  tables: [{ table: "events_users_v1", column: "user_name", field: "user_name" }],
});

function records(count: number, from = 0, value?: string): KafkaRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: "events_stages",
    partition: 0,
    offset: from + index,
    timestamp: Date.UTC(2026, 10, 21),
    key: null,
    value: Buffer.from(value ?? '{"time":"2026-11-21 09:00:00","user_name":"kim"}'),
    headers: {},
  }));
}

/** The world as a log of what was done to it. */
function world(committed?: { offset: number; metadata: string }) {
  const log: string[] = [];
  const tables = emptyTables(1);
  const store = new ModelStore(() => tables, { windowSeconds: 10, watermarkSeconds: 15, maxAheadSeconds: 300 });
  const broken = { mysql: false, superseded: false };
  const bounds = { first: 0 };
  let options: ConsumeOptions | undefined;
  const registry = new Registry();
  const deps: AggregateDeps = {
    kafka: {
      consume: async (given) => {
        options = given;
        return {
          commit: async (offsets) => {
            log.push(`commit ${offsets.map(({ partition, offset }) => `${partition}/${offset}`).join()}`);
          },
          seek: () => {},
          assigned: () => [0],
          stop: async () => {
            log.push("leave");
          },
        };
      },
    },
    admin: {
      committed: async () => [{ partition: 0, offset: committed?.offset, metadata: committed?.metadata ?? "" }],
      ranges: async () => [{ partition: 0, first: bounds.first, end: 1_000_000 }],
      partitions: async () => 1,
    },
    producer: {
      send: async (topic, partition, list) => {
        log.push(`send ${list.length} to ${topic}/${partition}`);
      },
    },
    store: {
      claim: () => store.claim(),
      positions: () => store.positions(),
      write: async (changes) => {
        if (broken.superseded) throw new Superseded("another configuration");
        if (broken.mysql) {
          log.push("write failed");
          throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        }
        const written = await store.write(changes);
        log.push(`write to ${changes.map(({ partition, next }) => `${partition}/${next}`).join()}`);
        return written;
      },
    },
    metrics: aggregateMetrics(registry, CONFIG),
    watchdog: { progress: () => {} },
    log: {
      debug: () => {},
      info: () => {},
      warn: (message) => log.push(`warn: ${message}`),
      error: (message, fields) => fields && log.push(`error: ${message} ${JSON.stringify(fields)}`),
    },
    onEnd: (error) => {
      log.push(`end: ${error.name}`);
    },
    retryMs: 1,
  };
  const deliver = async (list: readonly KafkaRecord[], more: Partial<ConsumedBatch> = {}) => {
    const first = list[0]?.offset ?? 0;
    await options?.eachBatch({
      topic: "events_stages",
      partition: 0,
      generation: 1,
      records: list,
      fetchOffset: first,
      nextOffset: first + list.length,
      highWatermark: first + list.length,
      resolve: () => log.push(`resolve ${first + list.length}`),
      seek: (offset) => log.push(`seek ${offset}`),
      heartbeat: async () => {
        log.push("heartbeat");
      },
      ...more,
    });
  };
  const joined = () => options?.onAssigned?.([0], 1);
  return { log, deps, deliver, joined, broken, tables, registry, bounds };
}

let running: RunningAggregate | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

test("rows are written before the offset is committed, and both before the group is left", async () => {
  const { log, deps, deliver } = world();
  running = await runAggregate(CONFIG, deps);
  await deliver(records(3));
  await running.stop();
  expect(log).toEqual(["resolve 3", "write to 0/3", "commit 0/0", "leave"]);
});

test("records that cannot be counted are in the dead-letter topic before the rows move past them", async () => {
  const { log, deps, deliver, registry } = world();
  running = await runAggregate(CONFIG, deps);
  await deliver([...records(1), ...records(2, 1, "{")]);
  await running.stop();
  expect(log).toEqual(["resolve 3", "send 2 to events.dead-letter/0", "write to 0/3", "commit 0/0", "leave"]);
  expect(await registry.getSingleMetricAsString("lab_dead_letters_total")).toContain('{reason="not-json"} 2');
});

test("while MySQL is away nothing is read on, and nothing is lost", async () => {
  const { log, deps, deliver, broken, tables, joined } = world();
  running = await runAggregate({ ...CONFIG, flushMs: 10 }, deps);
  joined();
  broken.mysql = true;
  await deliver(records(2));
  while (running.ready()) await new Promise((resolve) => setTimeout(resolve, 5));
  const second = deliver(records(2, 2));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(log).not.toContain("resolve 4");
  expect(log).toContain("heartbeat"); // so that the group does not take the partition away
  broken.mysql = false;
  await second;
  expect(log).toContain("resolve 4");
  expect(running.ready()).toBe(true);
  await running.stop();
  expect([...(tables.partitions[0]?.get(0)?.rows.values() ?? [])].map((row) => row.count)).toEqual([4]);
});

test("a batch that comes a second time counts once", async () => {
  const { deps, deliver, tables } = world();
  running = await runAggregate(CONFIG, deps);
  await deliver(records(3));
  await deliver(records(5));
  await running.stop();
  expect([...(tables.partitions[0]?.get(0)?.rows.values() ?? [])].map((row) => row.count)).toEqual([5]);
});

test("a commit without watermarks is not trusted: the log is read from its start", async () => {
  const { log, deps, deliver } = world({ offset: 7, metadata: "reset by hand" });
  running = await runAggregate(CONFIG, deps);
  await deliver(records(2, 7));
  expect(log.at(-1)).toBe("seek 0");
  await deliver(records(2, 0));
  expect(log.at(-1)).toBe("resolve 2");
});

test("MySQL that holds less than was committed is filled again from the log's start", async () => {
  const { log, deps, deliver } = world({ offset: 7, metadata: "a1|10.15.300|tots05|mwpn5s00|0.0" });
  running = await runAggregate(CONFIG, deps);
  await deliver(records(2, 7));
  expect(log.at(-1)).toBe("seek 0");
});

test("after a rebalance everything is loaded anew, also partitions that were kept", async () => {
  const { log, deps, deliver, tables } = world();
  running = await runAggregate(CONFIG, deps);
  await deliver(records(3));
  await deliver(records(2, 3), { generation: 2 });
  expect(log.at(-1)).toBe("seek 0"); // nothing was committed
  await deliver(records(4), { generation: 2 });
  await deliver(records(9), { generation: 1 }); // the old generation's handler, still running
  await running.stop();
  expect([...(tables.partitions[0]?.get(0)?.rows.values() ?? [])].map((row) => row.count)).toEqual([4]);
});

test("a process whose configuration was replaced writes nothing and ends", async () => {
  const { log, deps, deliver, broken } = world();
  running = await runAggregate({ ...CONFIG, flushMs: 10 }, deps);
  broken.superseded = true;
  await deliver(records(3));
  while (!log.includes("end: Superseded")) await new Promise((resolve) => setTimeout(resolve, 5));
  await running.stop();
  expect(log.filter((line) => line.startsWith("write") || line.startsWith("commit"))).toEqual([]);
});

test("a log that is shorter than what was counted is another log", async () => {
  const { log, deps, deliver, tables } = world();
  tables.partitions[0]?.set(0, { position: 2_000_000, rejected: 0, rows: new Map() });
  running = await runAggregate(CONFIG, deps);
  await deliver(records(3));
  expect(log).toEqual(["end: LogReplaced"]);
});

describe("records that retention has removed before they were counted", () => {
  const skipped = async (registry: Registry) =>
    /lab_skipped_records_total\{topic="events_stages"\} (\d+)/.exec(await registry.metrics())?.[1];

  test("are said and counted when the consumer comes upon them", async () => {
    const { log, deps, deliver, registry } = world();
    running = await runAggregate(CONFIG, deps);
    await deliver(records(3));
    expect(await skipped(registry)).toBe("0");
    await deliver(records(2, 10));
    expect(await skipped(registry)).toBe("7");
    expect(log).toContain(
      'error: records are gone before they were counted (retention) {"partition":0,"from":3,"to":10}',
    );
  });

  test("are said and counted when a partition is loaded", async () => {
    const { log, deps, deliver, registry, tables, bounds } = world();
    tables.partitions[0]?.set(0, { position: 5, rejected: 0, rows: new Map() });
    bounds.first = 8;
    running = await runAggregate(CONFIG, deps);
    await deliver(records(2, 8));
    expect(await skipped(registry)).toBe("3");
    expect(log).toContain(
      'error: records are gone before they were counted (retention) {"partition":0,"from":5,"to":8}',
    );
  });

  test("are none for a table that begins with the log as it is, nor for a batch that comes again", async () => {
    const { deps, deliver, registry, bounds } = world();
    bounds.first = 8;
    running = await runAggregate(CONFIG, deps);
    await deliver(records(2, 8));
    await deliver(records(2, 8));
    await deliver(records(2, 10));
    expect(await skipped(registry)).toBe("0");
  });
});

test("lag counts what the log has behind the batch, and is forgotten when the partition may be another's", async () => {
  const { deps, deliver, registry, joined } = world();
  running = await runAggregate(CONFIG, deps);
  await deliver(records(3), { highWatermark: 10 });
  const lag = await registry.getSingleMetricAsString("lab_consumer_lag");
  expect(lag).toContain('lab_consumer_lag{topic="events_stages",partition="0"} 7');
  joined();
  expect(await registry.getSingleMetricAsString("lab_consumer_lag")).not.toContain("partition=");
});
