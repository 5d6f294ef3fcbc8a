import type { Kafka, KafkaAdmin } from "../jobs/core/kafka-api";
import { type KafkaRecord, type PartitionWrite, PartitionWrites } from "../jobs/core/record";
import { formatSeoulTime } from "../jobs/core/seoul-time";
import { Enricher } from "../jobs/enrich/enrich";
import { transform } from "../jobs/enrich/transform";
import { DEPTS, NAMES } from "../stacks/static-tables";

/** Partitions of each topic, as in the stacks. */
export const PARTITIONS = 6;
/** Event time of the first event, in seconds since 1970: long ago, for nothing may lie in the future. */
const FIRST_SECOND = 1_735_689_600;
const EVENTS_A_SECOND = 1_000;
const EVENTS_A_ROUND = 5_000 * PARTITIONS;
/** Kafka's default of `max.message.bytes`. */
const MAX_BYTES = 1_048_588;

/** Creates topics of {@link PARTITIONS} partitions. */
export async function createTopics(admin: KafkaAdmin, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await admin.createTopic({ name, partitions: PARTITIONS, replicationFactor: 1, configs: {} });
  }
}

/** The collector's events, in the order of their times, a thousand a second of event time. */
export function loadEvents(kafka: Kafka, topic: string, events: number): Promise<void> {
  return load(kafka, events, (ids) => {
    const writes = new PartitionWrites();
    for (const id of ids) writes.add(topic, id % PARTITIONS, { key: null, value: eventText(id) });
    return writes.list();
  });
}

/** The records that enrich makes of those events. */
export function loadStages(kafka: Kafka, topic: string, events: number): Promise<void> {
  const enricher = new Enricher({ names: NAMES, depts: DEPTS });
  const topics = { input: "events", output: topic, deadLetter: "events.dead-letter" };
  const targets = {
    outputPartitions: PARTITIONS,
    deadLetterPartitions: PARTITIONS,
    outputMaxBytes: MAX_BYTES,
    deadLetterMaxBytes: MAX_BYTES,
  };
  return load(kafka, events, (ids) => transform(ids.map(eventRecord), enricher, topics, targets));
}

async function load(kafka: Kafka, events: number, writesOf: (ids: number[]) => PartitionWrite[]): Promise<void> {
  const producer = await kafka.openProducer();
  for (let first = 0; first < events; first += EVENTS_A_ROUND) {
    const ids = Array.from({ length: Math.min(EVENTS_A_ROUND, events - first) }, (_, index) => first + index);
    for (const { topic, partition, records } of writesOf(ids)) await producer.send(topic, partition, records);
  }
  await producer.close();
}

function eventRecord(id: number): KafkaRecord {
  return {
    topic: "events",
    partition: id % PARTITIONS,
    offset: Math.floor(id / PARTITIONS),
    timestamp: timeOf(id) * 1000,
    key: null,
    value: Buffer.from(eventText(id)),
    headers: {},
  };
}

function eventText(id: number): string {
  return `{"hello":"ssm-seoul","id":${id},"time":"${formatSeoulTime(timeOf(id))}"}`;
}

function timeOf(id: number): number {
  return FIRST_SECOND + Math.floor(id / EVENTS_A_SECOND);
}
