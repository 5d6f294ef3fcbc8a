import { recordBytes } from "../core/chunk";
import { deadLetter } from "../core/dead-letter";
import { partitionFor } from "../core/partitioner";
import type { KafkaRecord, OutHeader, OutRecord, PartitionWrite } from "../core/record";
import type { EnrichConfig } from "./config";
import type { Enricher } from "./enrich";

/** What the broker says about the topics written to. */
export interface Targets {
  readonly outputPartitions: number;
  readonly deadLetterPartitions: number;
  /** `max.message.bytes` of the topics. */
  readonly outputMaxBytes: number;
  readonly deadLetterMaxBytes: number;
}

/** Bytes a batch needs beside its records. */
const BATCH_OVERHEAD = 128;
const KEYS = Array.from({ length: 10 }, (_, user) => Buffer.from(String(user)));
const PARTITION_NUMBERS = Array.from({ length: 256 }, (_, partition) => String(partition));

/** The records to be written for a batch of input records: enriched events by key, everything else as dead letters. */
export function transform(
  records: readonly KafkaRecord[],
  enricher: Enricher,
  topics: EnrichConfig["topics"],
  targets: Targets,
): PartitionWrite[] {
  const output: OutRecord[][] = Array.from({ length: targets.outputPartitions }, () => []);
  const dead: OutRecord[][] = Array.from({ length: targets.deadLetterPartitions }, () => []);
  const partitionOfUser = KEYS.map((key) => partitionFor(key, targets.outputPartitions));
  const setAside = (record: KafkaRecord, reason: string) => {
    const letter = deadLetter(record, reason, "enrich", targets.deadLetterMaxBytes - BATCH_OVERHEAD);
    dead[record.partition % targets.deadLetterPartitions]?.push(letter);
  };
  for (const record of records) {
    if ((record.value?.length ?? 0) > targets.outputMaxBytes) {
      setAside(record, "too-large"); // not read: packed well, it may be larger than what the job has for it
      continue;
    }
    const enriched = enricher.enrich(record.value);
    if (typeof enriched === "string") {
      setAside(record, enriched);
      continue;
    }
    const { userId, value } = enriched;
    const key = KEYS[userId] ?? Buffer.from(String(userId)); // a negative id has a negative user
    const out: OutRecord = { key, value, headers: sourceOf(record) };
    if (value.length > targets.outputMaxBytes - BATCH_OVERHEAD * 2 && tooLarge(out, targets.outputMaxBytes)) {
      setAside(record, "too-large");
      continue;
    }
    output[partitionOfUser[userId] ?? partitionFor(key, targets.outputPartitions)]?.push(out);
  }
  return [...writesOf(topics.output, output), ...writesOf(topics.deadLetter, dead)];
}

/** Where an output record comes from: what proves that each input has exactly one. */
function sourceOf({ partition, offset, timestamp }: KafkaRecord): readonly OutHeader[] {
  return [
    ["source.partition", PARTITION_NUMBERS[partition] ?? String(partition)],
    ["source.offset", String(offset)],
    ["source.timestamp", String(timestamp)],
  ];
}

function tooLarge(record: OutRecord, maxBytes: number): boolean {
  return recordBytes(record) + BATCH_OVERHEAD > maxBytes;
}

function writesOf(topic: string, byPartition: readonly (readonly OutRecord[])[]): PartitionWrite[] {
  return byPartition.flatMap((records, partition) => (records.length > 0 ? [{ topic, partition, records }] : []));
}
