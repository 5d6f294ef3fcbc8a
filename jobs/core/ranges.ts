import type { Kafka, KafkaAdmin, OffsetRange } from "./kafka-api";

/** Whether no record lies in [from, to): committed offsets may stop before control records. */
export async function nothingBetween(
  kafka: Pick<Kafka, "readRange">,
  topic: string,
  partition: number,
  from: number,
  to: number,
): Promise<boolean> {
  if (from >= to) return true;
  for await (const records of kafka.readRange(topic, partition, from, to)) if (records.length > 0) return false;
  return true;
}

/** Ranges of a topic; none when it does not exist. */
export async function rangesOf(
  admin: Pick<KafkaAdmin, "partitions" | "ranges">,
  topic: string,
): Promise<OffsetRange[]> {
  return (await admin.partitions(topic)) === undefined ? [] : admin.ranges(topic);
}

/** Whether a consumer group has committed everything of frozen ranges. */
export async function workedOff(
  { kafka, admin }: { readonly kafka: Pick<Kafka, "readRange">; readonly admin: Pick<KafkaAdmin, "committed"> },
  groupId: string,
  topic: string,
  ranges: readonly OffsetRange[],
): Promise<boolean> {
  const committed = await admin.committed(groupId, topic);
  for (const { partition, first, end } of ranges) {
    const offset = committed.find((one) => one.partition === partition)?.offset ?? first;
    if (!(await nothingBetween(kafka, topic, partition, offset, end))) return false;
  }
  return true;
}
