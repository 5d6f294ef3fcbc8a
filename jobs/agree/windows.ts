import type { CountingRun, StageEntry } from "../core/expected-rows";
import { wallTimeMs } from "../core/raw-event";

/** A window and key of a table. */
export interface WindowRow {
  readonly start: number;
  readonly end: number;
  readonly key: string;
}

/** What lies in a window. */
export interface Content extends WindowRow {
  /** All records of the compared range, late ones too. */
  records: number;
  /** Whether one of them came after the range was frozen: Spark may or may not have seen that. */
  growing: boolean;
  /** Whether it has records before the compared range, which Spark has not read. */
  begunBefore: boolean;
}

/** Where a record lies: before the compared range, in it, or behind its end. */
export type Part = "before" | "compared" | "behind";

/**
 * Until then Seoul had summer times and other offsets. Rows of older windows are not compared: wall times are nine hours east
 * of UTC here, and to know the others would take the job's own code.
 */
export const STEADY_SINCE_MS = Date.UTC(1988, 9, 10);

/** An event's time; NaN where it has none that either side counts: a DATETIME holds no year before 1000. */
export function eventTimeMs(time: unknown): number {
  return typeof time === "string" && !time.startsWith("0") ? wallTimeMs(time) : Number.NaN;
}

/** Whether either side counts a record at all: without a time, or with one far ahead of its record's, it is in no window. */
export function isCounted({ timeMs, timestamp }: StageEntry, { maxAheadSeconds }: CountingRun): boolean {
  return !Number.isNaN(timeMs) && timeMs - timestamp <= maxAheadSeconds * 1000;
}

/** All records of each window, whatever a watermark says of them. */
export class Contents {
  /** By `start/end/key`. */
  readonly rows = new Map<string, Content>();
  /** The newest time at which anything may have been written before what was read, by partition. */
  private readonly begun = new Map<number, number>();

  constructor(private readonly run: CountingRun) {}

  /** @param writtenMs when the record was written; records of a partition must come in their order */
  add(entry: StageEntry, writtenMs: number, part: Part): void {
    const { partition, timestamp, timeMs, key } = entry;
    if (!this.begun.has(partition)) this.begun.set(partition, Math.max(writtenMs, timestamp));
    if (!isCounted(entry, this.run)) return;
    const size = this.run.windowSeconds * 1000;
    const start = Math.floor(timeMs / size) * size;
    const id = `${start}/${start + size}/${key}`;
    let row = this.rows.get(id);
    if (!row) {
      row = { start, end: start + size, key, records: 0, growing: false, begunBefore: false };
      this.rows.set(id, row);
    }
    if (part === "before") row.begunBefore = true;
    else row.records += 1;
    row.growing ||= part === "behind";
  }

  /**
   * Windows that start here or later have no records before those that were read, and no such record can have made one of theirs
   * late: what was written before has a time that is ahead of its writing by no more than what is allowed. A watermark that is in
   * or behind such a window was moved there by records that were read.
   */
  completeFrom(fromTheBeginning: boolean): number {
    if (fromTheBeginning) return Number.NEGATIVE_INFINITY;
    const newest = Math.max(Number.NEGATIVE_INFINITY, ...this.begun.values()) + this.run.maxAheadSeconds * 1000;
    return Math.floor(newest / 1000) * 1000 + 1000;
  }
}
