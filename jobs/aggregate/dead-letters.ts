import { deadLetter } from "../core/dead-letter";
import type { KafkaAdmin, PartitionProducer } from "../core/kafka-api";
import type { OutRecord } from "../core/record";
import type { Rejected } from "./aggregator";

/** Writes rejected records to the dead-letter topic. */
export interface DeadLetterWriter {
  /** Resolves when all in-sync replicas hold them. Rejects when the topic does not exist. */
  write(records: readonly Rejected[]): Promise<void>;
}

/** Kafka's own default for `max.message.bytes`, less room for a batch's header. */
const MAX_BYTES = 1_000_000;

/**
 * At least once: after a crash between this and the write to MySQL the same records come again, with the same headers
 * `source.topic`, `source.partition` and `source.offset`, by which a reader can tell.
 */
export function deadLetterWriter(
  topic: string,
  admin: Pick<KafkaAdmin, "partitions">,
  producer: Pick<PartitionProducer, "send">,
): DeadLetterWriter {
  let partitions: number | undefined;
  return {
    write: async (records) => {
      partitions ??= await admin.partitions(topic);
      if (!partitions) throw new Error(`the dead-letter topic ${topic} does not exist`);
      const byPartition = new Map<number, OutRecord[]>();
      for (const { record, reason } of records) {
        const target = record.partition % partitions;
        const list = byPartition.get(target) ?? [];
        list.push(deadLetter(record, reason, "aggregate", MAX_BYTES));
        byPartition.set(target, list);
      }
      for (const [partition, list] of byPartition) await producer.send(topic, partition, list);
    },
  };
}
