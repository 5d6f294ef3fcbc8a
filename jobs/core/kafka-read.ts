import { setTimeout } from "node:timers/promises";
import type { KafkaSettings } from "./kafka-api";
import { newCluster } from "./kafka-client";
import type { Arrival } from "./kafka-wire";
import { messageOf } from "./log";
import type { KafkaRecord } from "./record";
import { slices } from "./record-batch-reader";

const PIECE_BYTES = 1_048_576;
const PIECE_RECORDS = 5_000;
const MAX_FAILURES = 40;

/** What to read; see `Kafka.readRange`. */
export interface ReadRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly isolation: "committed" | "uncommitted";
}

/** Reads one partition's range from its leader, finding it again when it moves. @throws after a minute of failures */
export async function* readRange(settings: KafkaSettings, range: ReadRange): AsyncGenerator<readonly KafkaRecord[]> {
  const { topic, partition, from, to } = range;
  if (from >= to) return;
  const cluster = newCluster(settings);
  await cluster.connect();
  try {
    await cluster.addTargetTopic(topic);
    let offset = from;
    let failures = 0;
    while (offset < to) {
      let arrival: Arrival | undefined;
      try {
        arrival = await fetchOnce(cluster, range, offset);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures > MAX_FAILURES || isOutOfRange(error)) throw error;
        settings.log.warn("a read failed, trying again", { topic, partition, offset, error: messageOf(error) });
        await setTimeout(Math.min(50 * 2 ** failures, 2_000));
        await cluster.refreshMetadata().catch(() => undefined);
        continue;
      }
      if (arrival?.nextOffset === undefined) continue; // nothing yet: a transaction below `to` is still open
      for (const { records, nextOffset } of slices(arrival, topic, partition, offset, PIECE_RECORDS)) {
        const wanted = nextOffset > to ? records.filter((record) => record.offset < to) : records;
        if (wanted.length > 0) yield wanted;
      }
      offset = arrival.nextOffset;
    }
  } finally {
    await cluster.disconnect();
  }
}

async function fetchOnce(
  cluster: ReturnType<typeof newCluster>,
  { topic, partition, isolation }: ReadRange,
  offset: number,
): Promise<Arrival | undefined> {
  const leaders = cluster.findLeaderForPartitions(topic, [partition]);
  const [nodeId] = Object.keys(leaders);
  if (nodeId === undefined) throw new Error(`${topic}/${partition} has no leader`);
  const broker = await cluster.findBroker({ nodeId });
  const options = {
    replicaId: -1,
    isolationLevel: isolation === "committed" ? 1 : 0,
    maxWaitTime: 500,
    minBytes: 1,
    maxBytes: PIECE_BYTES,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: PIECE_BYTES }] }],
  };
  const { responses } = await broker.fetch(options as never);
  return responses[0]?.partitions[0]?.messages[0];
}

function isOutOfRange(error: unknown): boolean {
  return error instanceof Error && error.name === "KafkaJSOffsetOutOfRange";
}
