import { setTimeout } from "node:timers/promises";
import type { Kafka, KafkaAdmin } from "../core/kafka-api";
import { type Log, messageOf } from "../core/log";
import type { TopicsConfig } from "./config";
import { type ExistingTopic, planTopics, type TopicChange } from "./plan";

/** Makes the topics as declared. @returns the exit code */
export async function runTopics(config: TopicsConfig, kafka: Pick<Kafka, "admin">, log: Log): Promise<number> {
  const brokers = Math.max(...config.topics.map(({ replicationFactor }) => replicationFactor));
  const admin = await brokersReady(kafka, brokers, config.waitSeconds * 1000, log);
  try {
    const existing = new Map<string, ExistingTopic>();
    for (const { name } of config.topics) {
      const partitions = await admin.partitions(name);
      if (partitions !== undefined) existing.set(name, { partitions, configs: await admin.topicConfigs(name) });
    }
    const changes = planTopics(config.topics, existing);
    for (const change of changes) {
      await apply(admin, change);
      log.info("changed", change);
    }
    log.info("topics are as declared", { topics: config.topics.length, changes: changes.length });
    return 0;
  } finally {
    await admin.close();
  }
}

/** Waits until enough brokers are there to hold all replicas. */
async function brokersReady(
  kafka: Pick<Kafka, "admin">,
  brokers: number,
  waitMs: number,
  log: Log,
): Promise<KafkaAdmin> {
  const start = performance.now();
  for (;;) {
    let state: string;
    try {
      const admin = await kafka.admin();
      const running = await admin.brokers();
      if (running >= brokers) return admin;
      await admin.close();
      state = `${running} of ${brokers} brokers are there`;
    } catch (error) {
      state = messageOf(error);
    }
    const waited = performance.now() - start;
    if (waited > waitMs) throw new Error(`Kafka is not ready after ${Math.round(waited / 1000)} s: ${state}`);
    log.info("waiting for Kafka", { state, waitedSeconds: Math.round(waited / 1000) });
    await setTimeout(2_000);
  }
}

function apply(admin: KafkaAdmin, change: TopicChange): Promise<void> {
  switch (change.kind) {
    case "create":
      return admin.createTopic(change.topic);
    case "raise-partitions":
      return admin.raisePartitions(change.name, change.to);
    case "change-configs":
      return admin.changeConfigs(change.name, change.configs);
  }
}
