import { setTimeout } from "node:timers/promises";
import type { ConsumedBatch, TransactionalWriter } from "./kafka-api";
import { type Log, messageOf } from "./log";
import { LogCut } from "./log-cut";
import type { KafkaRecord, PartitionWrite } from "./record";

/** What {@link ExactlyOnce} needs of Kafka; `kafkaWorld` makes it, the property tests have a model. */
export interface ExactlyOnceWorld {
  /** Opens the writer of this id, and thereby ends every earlier one, in whatever process it is. */
  readonly open: (transactionalId: string) => Promise<TransactionalWriter>;
  /**
   * The group's committed offset of a partition; where it has none, the first offset there is.
   * @throws LogCut when the log ends before it
   */
  readonly position: (partition: number) => Promise<number>;
}

/** Settings of {@link ExactlyOnce}. */
export interface ExactlyOnceOptions {
  readonly groupId: string;
  readonly topic: string;
  /** One per input partition: its owner is whoever opened it last. */
  readonly transactionalId: (partition: number) => string;
  /** The records made from a fetched batch. A pure function: after a failure it is called again with the same. */
  readonly transform: (records: readonly KafkaRecord[]) => readonly PartitionWrite[];
  /** Called before a partition is worked on: loads what `transform` needs (partition counts, limits). */
  readonly prepare?: () => Promise<void>;
  /** Called after each committed transaction. */
  readonly onCommitted?: (
    batch: ConsumedBatch,
    records: readonly KafkaRecord[],
    writes: readonly PartitionWrite[],
  ) => void;
  /** Called when retention has removed records before they were read. */
  readonly onGap?: (partition: number, from: number, to: number) => void;
  /** Called when the job cannot go on: the log is not the one that was committed. @default tried again like any failure */
  readonly onFatal?: (error: LogCut) => void;
  readonly log: Log;
  /** Pause after a failure, by the number of failures in a row. @default 100 ms doubling up to 5 s */
  readonly pauseMs?: (failures: number) => number;
}

interface Session {
  readonly generation: number;
  readonly writer: TransactionalWriter;
  position: number;
  /** Whether the consumer was just told to go to `position`, and nothing has come since. */
  sought: boolean;
}

/**
 * Reads a topic and writes exactly one committed copy of whatever `transform` makes of each record.
 *
 * Per fetched batch and input partition there is one transaction that holds the output and the new offset. A partition's
 * transactions all have one `transactional.id`; whoever opens it last is the only one who can commit. So a partition is
 * always taken over in this order: open the writer (which settles what any earlier owner had begun), then read the
 * committed offset, then go there. Nothing remembered is trusted across an assignment or a failure.
 */
export class ExactlyOnce {
  private readonly sessions = new Map<number, Session>();
  private readonly failures = new Map<number, number>();

  constructor(
    private readonly world: ExactlyOnceWorld,
    private readonly options: ExactlyOnceOptions,
  ) {}

  /** Forgets all partitions: their next batch takes them over again. To be called when the group has been joined. */
  assigned(): void {
    for (const partition of [...this.sessions.keys()]) this.drop(partition);
  }

  /** Works on a batch. Resolves it only when its transaction is committed. */
  async handle(batch: ConsumedBatch): Promise<void> {
    const session = this.sessions.get(batch.partition);
    if (session?.generation !== batch.generation) return this.takeOver(batch);
    const { sought } = session;
    session.sought = false;
    if (batch.fetchOffset > session.position) {
      if (!sought) return this.takeOver(batch); // the consumer is somewhere else than this partition's work
      this.reportGap(batch.partition, session.position, batch.fetchOffset);
    }
    if (batch.nextOffset <= session.position) {
      // A log that ends before the position is perhaps another, or the batch is old: taking over finds out.
      if (!sought && batch.highWatermark < session.position) return this.takeOver(batch);
      batch.resolve();
      return;
    }
    const first = batch.records[0];
    const records =
      first !== undefined && first.offset < session.position
        ? batch.records.filter(({ offset }) => offset >= session.position)
        : batch.records;
    if (records.length > 0 && !(await this.commit(batch, session, records))) return;
    session.position = batch.nextOffset;
    batch.resolve();
    await batch.heartbeat();
  }

  /** Closes all writers; an open transaction is left to the next owner, who aborts it. */
  async close(): Promise<void> {
    const writers = [...this.sessions.values()].map(({ writer }) => writer.close());
    this.sessions.clear();
    await Promise.allSettled(writers);
  }

  private async commit(batch: ConsumedBatch, session: Session, records: readonly KafkaRecord[]): Promise<boolean> {
    const { groupId, topic } = this.options;
    const { partition } = batch;
    const writes = this.options.transform(records);
    try {
      await session.writer.transact(writes, { groupId, topic, partition, offset: batch.nextOffset });
    } catch (error) {
      this.drop(partition);
      await this.failed(batch, "a transaction failed; its outcome is settled when the partition is taken over", error);
      return false;
    }
    this.failures.delete(partition);
    this.options.onCommitted?.(batch, records, writes);
    return true;
  }

  private async takeOver(batch: ConsumedBatch): Promise<void> {
    const { partition, generation } = batch;
    this.drop(partition);
    let writer: TransactionalWriter | undefined;
    try {
      await this.options.prepare?.();
      writer = await this.world.open(this.options.transactionalId(partition));
      const position = await this.world.position(partition);
      this.sessions.set(partition, { generation, writer, position, sought: true });
      this.options.log.info("took over a partition", { topic: batch.topic, partition, position, generation });
      batch.seek(position);
    } catch (error) {
      await writer?.close();
      if (error instanceof LogCut) this.options.onFatal?.(error);
      await this.failed(batch, "cannot take over a partition", error);
    }
  }

  private async failed(batch: ConsumedBatch, message: string, error: unknown): Promise<void> {
    const { partition, topic } = batch;
    const failures = (this.failures.get(partition) ?? 0) + 1;
    this.failures.set(partition, failures);
    this.options.log.warn(message, { topic, partition, failures, error: messageOf(error) });
    const pause = this.options.pauseMs?.(failures) ?? Math.min(100 * 2 ** (failures - 1), 5_000);
    if (pause > 0) await setTimeout(pause);
    await batch.heartbeat();
  }

  private drop(partition: number): void {
    const session = this.sessions.get(partition);
    this.sessions.delete(partition);
    session?.writer.close().catch(() => undefined);
  }

  private reportGap(partition: number, from: number, to: number): void {
    this.options.log.error("records are gone before they were read (retention)", { partition, from, to });
    this.options.onGap?.(partition, from, to);
  }
}
