import type { CountingRun, StageEntry } from "../core/expected-rows";

/** A window and key of a table. */
export interface WindowRow {
  readonly start: number;
  readonly end: number;
  readonly key: string;
}

/** What may be said of a row without knowing how Spark cut its micro-batches. */
export interface Promised extends WindowRow {
  /** Records that Spark counts by its promise: not behind the newest event of all by more than the delay when they came. */
  promised: number;
  /** All records, which is the most that Spark can count. */
  all: number;
  /** Whether a record of it came after the range was frozen: Spark may or may not have seen that. */
  open: boolean;
}

/** Whether either side counts a record at all: without a time, or with one far ahead of its record's, it is in no window. */
export function isCounted({ timeMs, timestamp }: StageEntry, { maxAheadSeconds }: CountingRun): boolean {
  return !Number.isNaN(timeMs) && timeMs - timestamp <= maxAheadSeconds * 1000;
}

/** Newest event of the whole topic by the second in which records came: whatever Spark had seen by then, it had seen no newer one. */
export class Clock {
  private readonly newest = new Map<number, number>();
  private sorted: { readonly second: number; readonly newestMs: number }[] | undefined;

  see({ timeMs }: StageEntry, appendedMs: number): void {
    const second = Math.floor(appendedMs / 1000);
    if (timeMs > (this.newest.get(second) ?? Number.NEGATIVE_INFINITY)) this.newest.set(second, timeMs);
    this.sorted = undefined;
  }

  /** The newest event that had come at a moment, those of the second around it included. */
  at(appendedMs: number): number {
    this.sorted ??= this.runningMaximum();
    const second = Math.floor(appendedMs / 1000) + 1;
    let [low, high] = [0, this.sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle]?.second ?? 0) <= second) low = middle + 1;
      else high = middle;
    }
    return this.sorted[low - 1]?.newestMs ?? Number.NEGATIVE_INFINITY;
  }

  private runningMaximum() {
    let newestMs = Number.NEGATIVE_INFINITY;
    return [...this.newest]
      .sort(([a], [b]) => a - b)
      .map(([second, timeMs]) => {
        newestMs = Math.max(newestMs, timeMs);
        return { second, newestMs };
      });
  }
}

/** What Spark's promise says of each row, whatever its micro-batches. */
export class PromisedRows {
  readonly rows = new Map<string, Promised>();
  /** Event time of the first record of each source in each partition. */
  private readonly first = new Map<string, number>();

  constructor(
    private readonly run: Pick<CountingRun, "windowSeconds" | "watermarkSeconds">,
    private readonly clock: Pick<Clock, "at">,
  ) {}

  /** @param later whether it came after the range was frozen */
  add({ partition, source, timeMs, key }: StageEntry, appendedMs: number, later: boolean): void {
    const from = `${partition}/${source}`;
    if (!this.first.has(from)) this.first.set(from, timeMs);
    const size = this.run.windowSeconds * 1000;
    const start = Math.floor(timeMs / size) * size;
    const id = `${start}/${start + size}/${key}`;
    let row = this.rows.get(id);
    if (!row) {
      row = { start, end: start + size, key, promised: 0, all: 0, open: false };
      this.rows.set(id, row);
    }
    row.all += 1;
    row.open ||= later;
    if (row.end > this.clock.at(appendedMs) - this.run.watermarkSeconds * 1000) row.promised += 1;
  }

  /** Windows that start here or later have no records before those that were read, but for very late ones. */
  completeFrom(fromTheBeginning: boolean): number {
    if (fromTheBeginning) return Number.NEGATIVE_INFINITY;
    const span = (this.run.windowSeconds + this.run.watermarkSeconds) * 1000;
    return Math.max(Number.NEGATIVE_INFINITY, ...this.first.values()) + span;
  }
}
