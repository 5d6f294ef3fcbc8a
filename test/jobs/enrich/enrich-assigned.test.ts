import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { ConsumeOptions, Kafka, KafkaAdmin } from "../../../jobs/core/kafka-api";
import { createLog } from "../../../jobs/core/log";
import { Watchdog } from "../../../jobs/core/watchdog";
import { runEnrich } from "../../../jobs/enrich/run";

const CONFIG = {
  kafka: { brokers: ["kafka:9093"] },
  http: { port: 0 },
  topics: { input: "events", output: "events_stages", deadLetter: "dead" },
  groupId: "enrich",
  names: [],
  depts: [],
};

/** Runs the job against a group that has committed 7 and a log that ends elsewhere; what ended it. */
async function endedBy(end: number): Promise<string[]> {
  const fatal: string[] = [];
  let options: ConsumeOptions | undefined;
  const admin: Partial<KafkaAdmin> = {
    partitions: async () => 1,
    topicConfigs: async () => new Map(),
    committed: async () => [{ partition: 0, offset: 7, metadata: "" }],
    ranges: async () => [{ partition: 0, first: 0, end }],
    close: async () => undefined,
  };
  const kafka: Partial<Kafka> = {
    admin: async () => admin as KafkaAdmin,
    consume: async (given) => {
      options = given;
      return { commit: async () => {}, seek: () => {}, assigned: () => [0], stop: async () => {} };
    },
    close: async () => undefined,
  };
  const log = createLog("test", () => undefined);
  const context = { config: CONFIG, log, registry: new Registry(), watchdog: new Watchdog() };
  const job = await runEnrich(context, kafka as Kafka, (error) => fatal.push(error.message));
  options?.onAssigned?.([0], 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await job.stop();
  return fatal;
}

test("an emptied topic, which brings no record, ends the job at its assignment", async () => {
  expect((await endedBy(0)).join()).toMatch(/committed offset 7 of events, partition 0, but that log ends at 0/);
});

test("a log that holds what was committed does not", async () => {
  expect(await endedBy(7)).toEqual([]);
});
