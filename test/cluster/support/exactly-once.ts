import type { Kafka } from "kafkajs";
import { readCommitted } from "./java-reader";
import { endOffsets, readTopic } from "./kafka";
import { workedOff } from "./load";

/** How many committed copies of each input record there are. */
export interface Copies {
  /** Input records looked at. */
  readonly inputs: number;
  /** Records with no copy, `partition:offset`, the first few. */
  readonly missing: string[];
  /** Records with more than one. */
  readonly repeated: string[];
}

/**
 * Waits until enrich has worked off what is in `events` now, then counts the committed copies of every record from `start`
 * on, in `events_stages` (read by Kafka's own Java consumer) and `events.dead-letter` together.
 */
export async function copies(kafka: Kafka, start: ReadonlyMap<number, bigint>, seconds: number): Promise<Copies> {
  const ends = await workedOff(kafka, "enrich", "events", seconds);
  const from = (partition: number): number => Number(start.get(partition) ?? 0n);
  const counts = new Map([...ends].map(([p, end]) => [p, new Uint8Array(Math.max(0, Number(end) - from(p)))]));
  const add = (partition: number, offset: number): void => {
    const index = offset - from(partition);
    const count = counts.get(partition);
    if (count && index >= 0 && index < count.length) count[index] = (count[index] ?? 0) + 1;
  };
  await readTopic(kafka, "events.dead-letter", (record) => {
    if (String(record.headers?.["source.topic"]) === "events") {
      add(Number(String(record.headers?.["source.partition"])), Number(String(record.headers?.["source.offset"])));
    }
  });
  // All copies lie before these ends. Behind them more records come all the time, which show that a partition is read.
  const outputs = await endOffsets(kafka, "events_stages");
  const open = new Set([...outputs].filter(([, end]) => end > 0n).map(([partition]) => partition));
  await readCommitted("events_stages", ({ partition, offset, sourcePartition, sourceOffset }) => {
    add(sourcePartition, sourceOffset);
    if (BigInt(offset) + 1n >= (outputs.get(partition) ?? 0n)) open.delete(partition);
    return open.size > 0;
  });
  const where = (wrong: (count: number) => boolean): string[] =>
    [...counts]
      .flatMap(([p, of]) => [...of].flatMap((count, i) => (wrong(count) ? [`${p}:${i + from(p)}`] : [])))
      .slice(0, 20);
  const inputs = [...counts.values()].reduce((sum, of) => sum + of.length, 0);
  return { inputs, missing: where((count) => count === 0), repeated: where((count) => count > 1) };
}
