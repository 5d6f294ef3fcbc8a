import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKafka } from "../../../jobs/core/kafka";
import type { Kafka, KafkaAdmin } from "../../../jobs/core/kafka-api";
import { createLog } from "../../../jobs/core/log";
import { headerText, type OutRecord } from "../../../jobs/core/record";
import { formatSeoulTime } from "../../../jobs/core/seoul-time";
import { bundleJob, startJob } from "../../support/job-process";
import { type LocalKafka, startLocalKafka } from "../../support/local-kafka";

const EVENTS = 60_000;
const PARTITIONS = 6;
const topics = { input: "events", output: "events_stages", deadLetter: "events.dead-letter" };
const log = createLog("test", () => undefined);
let directory: string;
let server: LocalKafka;
let kafka: Kafka;
let admin: KafkaAdmin;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "lab-enrich-"));
  server = await startLocalKafka({ heapMiB: 256 });
  kafka = connectKafka({ brokers: server.brokers, clientId: "test", log });
  admin = await kafka.admin();
  for (const name of Object.values(topics)) {
    await admin.createTopic({ name, partitions: PARTITIONS, replicationFactor: 1, configs: {} });
  }
});

afterAll(async () => {
  await admin?.close();
  await kafka?.close();
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test("two replicas killed again and again, and the broker too: each input has exactly one committed copy", async () => {
  const producer = await kafka.openProducer();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    await producer.send(
      topics.input,
      partition,
      Array.from({ length: EVENTS / PARTITIONS }, (_, index) => event(index * PARTITIONS + partition)),
    );
  }
  await producer.close();

  const bundle = bundleJob("enrich", directory);
  const config = {
    kafka: { brokers: server.brokers },
    http: { port: 0 },
    topics,
    groupId: "enrich",
    names: Array.from({ length: 10 }, (_, uid) => ({ uid, name: `user-${uid}` })),
    depts: Array.from({ length: 5 }, (_, did) => ({ did, name: `dept-${did}` })),
    maxBytesPerPartition: 20_000, // some twenty transactions per partition
  };
  let finished = false;
  let kills = 0;
  const replica = async () => {
    while (!finished) {
      const job = startJob(bundle, config);
      const life = kills < 8 ? 1_500 + Math.random() * 2_000 : 600_000;
      await Promise.race([job.ended, setTimeout(life), whenFinished()]);
      kills += 1;
      job.child.kill(finished ? "SIGTERM" : "SIGKILL");
      const end = await job.ended;
      if (finished) expect(end).toBe(0);
    }
  };
  const whenFinished = async () => {
    while (!finished) await setTimeout(100);
  };
  const replicas = [replica(), replica()];
  await setTimeout(4_000);
  await server.kill();
  await setTimeout(1_000);
  await server.start();
  while ((await done()) < EVENTS) await setTimeout(200);
  finished = true;
  await Promise.all(replicas);

  expect(kills).toBeGreaterThanOrEqual(8);
  const seen = new Map<string, number>();
  let rows = 0;
  for (const topic of [topics.output, topics.deadLetter]) {
    for (const { partition, first, end } of await admin.ranges(topic)) {
      for await (const records of kafka.readRange(topic, partition, first, end)) {
        for (const { headers } of records) {
          const source = `${headerText(headers, "source.partition")}:${headerText(headers, "source.offset")}`;
          seen.set(source, (seen.get(source) ?? 0) + 1);
        }
        if (topic === topics.output) rows += records.length;
      }
    }
  }
  expect([...seen.values()].filter((copies) => copies !== 1)).toEqual([]);
  expect(seen.size).toBe(EVENTS);
  expect(rows).toBe(EVENTS - EVENTS / 100); // every hundredth is malformed
});

function event(id: number): OutRecord {
  if (id % 100 === 7) return { key: null, value: "no event" };
  return { key: null, value: `{"hello":"ssm-seoul","id":${id},"time":"${formatSeoulTime(1_790_000_000 + id / 100)}"}` };
}

/** Input offsets committed so far, in all partitions. */
async function done(): Promise<number> {
  const offsets = await admin.committed("enrich", topics.input);
  return offsets.reduce((sum, { offset }) => sum + (offset ?? 0), 0);
}
