import type { Kafka } from "kafkajs";
import { type PlacedRecord, readCommitted } from "./java-reader";
import { endOffsets } from "./kafka";
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

/** An offset of `events` that holds a record; markers of transactions hold none. */
const RECORD = 128;

/**
 * Waits until enrich has worked off what is in `events` now, then counts the committed copies of every record from `start`
 * on, in `events_stages`. Both topics are read by Kafka's own Java consumer, read-committed.
 */
export async function copies(kafka: Kafka, start: ReadonlyMap<number, bigint>, seconds: number): Promise<Copies> {
  const ends = await workedOff(kafka, "enrich", "events", seconds);
  const from = (partition: number): number => Number(start.get(partition) ?? 0n);
  const counts = new Map([...ends].map(([p, end]) => [p, new Uint8Array(Math.max(0, Number(end) - from(p)))]));
  const add = (partition: number, offset: number, what: number): void => {
    const index = offset - from(partition);
    const count = counts.get(partition);
    if (count && index >= 0 && index < count.length) count[index] = (count[index] ?? 0) + what;
  };
  const copy = ({ sourcePartition, sourceOffset }: PlacedRecord): void => {
    if (sourcePartition !== undefined && sourceOffset !== undefined) add(sourcePartition, sourceOffset, 1);
  };
  await readToEnd(kafka, "events", ({ partition, offset }) => add(partition, offset, RECORD));
  await readToEnd(kafka, "events_stages", copy);
  // Nothing comes after the last dead letter, and nothing malformed is sent under these loads: a count says enough.
  const where = (wrong: (count: number) => boolean): string[] =>
    [...counts]
      .flatMap(([p, of]) => [...of].flatMap((count, i) => (wrong(count) ? [`${p}:${i + from(p)}`] : [])))
      .slice(0, 20);
  const inputs = [...counts.values()].reduce((sum, of) => sum + of.filter((count) => count >= RECORD).length, 0);
  return { inputs, missing: where((count) => count === RECORD), repeated: where((count) => count > RECORD + 1) };
}

/** Reads a topic up to the ends it has now; records come all the time, so a later one shows that a partition is read. */
async function readToEnd(kafka: Kafka, topic: string, see: (record: PlacedRecord) => void): Promise<void> {
  const ends = await endOffsets(kafka, topic);
  const open = new Set([...ends].filter(([, end]) => end > 0n).map(([partition]) => partition));
  await readCommitted(topic, (record) => {
    see(record);
    if (BigInt(record.offset) + 1n >= (ends.get(record.partition) ?? 0n)) open.delete(record.partition);
    return open.size > 0;
  });
}
