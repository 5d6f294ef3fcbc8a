import type { Position, Run } from "../core/aggregate-tables";
import type { CommittedOffset, OffsetRange } from "../core/kafka-api";
import type { Log } from "../core/log";
import { messageOf } from "../core/log";
import type { KafkaRecord } from "../core/record";
import { type Checkpoint, decodeMetadata, ruleName } from "./checkpoint";
import type { EventReader, Rejection } from "./event";
import { changes, checkpointOf, type Effect, type PartitionState, restore, settle, skipTo, step } from "./state";
import type { AggregateStore } from "./store";
import { newestOfAll, type WindowRule } from "./watermark";

/** A record that cannot be counted. */
export interface Rejected {
  readonly record: KafkaRecord;
  readonly reason: Rejection;
}

/** A commit to the consumer group. */
export interface Commit {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** What the aggregator needs of the world: `run.ts` passes the real ones, tests pass fakes. */
export interface AggregatorDeps {
  readonly store: AggregateStore;
  readonly committed: (partition: number) => Promise<CommittedOffset | undefined>;
  readonly range: (partition: number) => Promise<OffsetRange | undefined>;
  /** Resolves when the dead-letter topic holds them all. */
  readonly setAside: (records: readonly Rejected[]) => Promise<void>;
  readonly commit: (commits: readonly Commit[]) => Promise<void>;
  readonly log: Log;
  /** Told of offsets that retention has removed before they were counted: [from, to). */
  readonly onGap?: (partition: number, from: number, to: number) => void;
  /** Told what became of each record that was not counted before. */
  readonly onEffect?: (effect: Effect) => void;
}

/** What is counted, and how. */
export interface AggregatorOptions {
  readonly reader: EventReader;
  readonly rule: WindowRule;
  /** Number of tables. */
  readonly tables: number;
  /** First offset per partition that is left out (a recovery that ends there). @default none */
  readonly until?: ReadonlyMap<number, number>;
}

/** The log is shorter than what was counted from it: not the same log. */
export class LogReplaced extends Error {
  override readonly name = "LogReplaced";
}

interface Assigned {
  readonly state: PartitionState;
  /** Up to here records went to the dead-letter topic before. */
  readonly settled: number;
  /** Where the next batch must begin. */
  expected: number;
  /** MySQL is exact here or further on. */
  written: number;
  committed: string;
}

/**
 * Keeps the states of the assigned partitions, and brings them to MySQL and the group. Calls must come one after the
 * other. All of it can be cut off anywhere: what is lost in memory is rebuilt from the log by {@link load}.
 */
export class Aggregator {
  private readonly assigned = new Map<number, Assigned>();
  private pending: Rejected[] = [];
  private runs: readonly Run[] | undefined;

  constructor(
    private readonly deps: AggregatorDeps,
    private readonly options: AggregatorOptions,
  ) {}

  /** Forgets all partitions: they were assigned anew, perhaps to others in between. */
  drop(): void {
    this.assigned.clear();
    this.pending = [];
  }

  has(partition: number): boolean {
    return this.assigned.has(partition);
  }

  /** Windows in memory. */
  openWindows(): number {
    let open = 0;
    for (const { state } of this.assigned.values()) open += state.open.size;
    return open;
  }

  /** Restores a partition's state; resolves with the offset to read from. */
  async load(partition: number): Promise<number> {
    this.runs ??= await this.deps.store.claim();
    const positions = (await this.deps.store.positions()).map((table) => table.get(partition));
    const committed = await this.deps.committed(partition);
    const range = await this.deps.range(partition);
    const settled = Math.max(0, ...positions.map((position) => position?.position ?? 0));
    if (range && settled > range.end) {
      throw new LogReplaced(
        `partition ${partition} was counted up to offset ${settled}, but the log ends at ${range.end}: the topic was made anew. ` +
          "Empty the tables' _positions companions to count the new log from its start",
      );
    }
    const from = this.runs.map((run) => run.from.get(partition) ?? 0);
    const name = ruleName(this.runs[0] ?? { windowSeconds: 0, watermarkSeconds: 0, maxAheadSeconds: 0 });
    const checkpoint = this.usable(partition, committed, positions);
    const state = restore(partition, checkpoint, range?.first ?? 0, this.options.rule, name, from);
    const first = range?.first ?? 0;
    if (settled > 0) this.gap(partition, settled, first); // otherwise nothing was counted before: it begins where the log does
    const expected = Math.max(state.next, first);
    this.assigned.set(partition, { state, settled, expected, written: checkpoint?.offset ?? 0, committed: "" });
    this.deps.log.info("partition restored", { partition, readFrom: state.next, writtenTo: settled });
    return expected;
  }

  /** To be told where each batch of a loaded partition begins: behind what is expected, records are gone. */
  arrived(partition: number, fetchOffset: number): void {
    const found = this.assigned.get(partition);
    if (!found) return;
    this.gap(partition, Math.max(found.expected, found.settled), fetchOffset);
    found.expected = Math.max(found.expected, fetchOffset);
  }

  /** Counts records of a loaded partition; those seen before are skipped, so a repeated batch does no harm. The newest event. */
  process(partition: number, records: readonly KafkaRecord[], nextOffset: number): number {
    const found = this.assigned.get(partition);
    if (!found) throw new Error(`partition ${partition} is not loaded`);
    const { state, settled } = found;
    const until = this.options.until?.get(partition) ?? Number.POSITIVE_INFINITY;
    for (const record of records) {
      if (record.offset < state.next || record.offset >= until) continue;
      const event = this.options.reader.read(record);
      const effect = step(state, record.offset, event);
      if (record.offset < settled) continue;
      if (typeof event === "string") this.pending.push({ record, reason: event });
      this.deps.onEffect?.(effect);
    }
    skipTo(state, Math.min(nextOffset, until));
    found.expected = Math.max(found.expected, nextOffset);
    return newestOfAll(state.clock);
  }

  /** Offsets read since the last write. */
  backlog(): number {
    let backlog = 0;
    for (const { state, written } of this.assigned.values()) backlog += state.next - written;
    return backlog;
  }

  /** Writes all that changed, then commits; rows written per table. When it fails, nothing is lost: call it again. */
  async flush(): Promise<number[]> {
    const moved = [...this.assigned.values()].filter(({ state, written }) => state.next !== written);
    if (moved.length === 0) return [];
    if (this.pending.length > 0) {
      await this.deps.setAside(this.pending);
      this.pending = [];
    }
    const written = await this.deps.store.write(
      moved.map(({ state, written }) => ({
        partition: state.partition,
        base: written,
        next: state.next,
        rejected: state.rejected,
        tables: changes(state),
      })),
    );
    const commits: Commit[] = [];
    for (const entry of moved) {
      settle(entry.state);
      entry.written = entry.state.next;
      const { offset, metadata } = checkpointOf(entry.state);
      if (`${offset} ${metadata}` === entry.committed) continue;
      entry.committed = `${offset} ${metadata}`;
      commits.push({ partition: entry.state.partition, offset, metadata });
    }
    // A commit that is refused (the group rebalances) costs a longer replay, nothing else.
    await this.deps.commit(commits).catch((error: unknown) => {
      for (const entry of moved) entry.committed = "";
      this.deps.log.warn("the commit was refused", { error: messageOf(error) });
    });
    return written;
  }

  private gap(partition: number, from: number, to: number): void {
    if (from >= Math.min(to, this.options.until?.get(partition) ?? Number.POSITIVE_INFINITY)) return;
    this.deps.log.error("records are gone before they were counted (retention)", { partition, from, to });
    this.deps.onGap?.(partition, from, to);
  }

  /** The checkpoint to go on from; undefined means from the log's start. */
  private usable(
    partition: number,
    committed: CommittedOffset | undefined,
    positions: readonly (Position | undefined)[],
  ): Checkpoint | undefined {
    if (committed?.offset === undefined) return undefined;
    const { offset } = committed;
    const checkpoint = decodeMetadata(offset, committed.metadata);
    if (!checkpoint) {
      this.deps.log.warn("the commit carries no watermarks: reading from the start", { partition, offset });
      return undefined;
    }
    const least = Math.min(...positions.map((position) => position?.position ?? 0));
    if (least < offset) {
      this.deps.log.warn("MySQL is behind the commit (a new, emptied or restored table): reading from the start", {
        partition,
        offset,
        writtenTo: least,
      });
      return undefined;
    }
    return checkpoint;
  }
}
