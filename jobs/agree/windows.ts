import type { CountingRun, StageEntry } from "../core/expected-rows";

/** A window and key of a table. */
export interface WindowRow {
  readonly start: number;
  readonly end: number;
  readonly key: string;
}

/** What lies in a window. */
export interface Content extends WindowRow {
  /** All records, late ones too. */
  records: number;
  /** Whether one of them came after the range was frozen: Spark may or may not have seen that. */
  growing: boolean;
}

/** Whether either side counts a record at all: without a time, or with one far ahead of its record's, it is in no window. */
export function isCounted({ timeMs, timestamp }: StageEntry, { maxAheadSeconds }: CountingRun): boolean {
  return !Number.isNaN(timeMs) && timeMs - timestamp <= maxAheadSeconds * 1000;
}

/** All records of each window, whatever a watermark says of them. */
export class Contents {
  /** By `start/end/key`. */
  readonly rows = new Map<string, Content>();
  /** Event time of the first record of each source in each partition. */
  private readonly first = new Map<string, number>();

  constructor(private readonly run: CountingRun) {}

  /** @param later whether it came after the range was frozen */
  add(entry: StageEntry, later: boolean): void {
    if (!isCounted(entry, this.run)) return;
    const { partition, source, timeMs, key } = entry;
    const from = `${partition}/${source}`;
    if (!this.first.has(from)) this.first.set(from, timeMs);
    const size = this.run.windowSeconds * 1000;
    const start = Math.floor(timeMs / size) * size;
    const id = `${start}/${start + size}/${key}`;
    let row = this.rows.get(id);
    if (!row) {
      row = { start, end: start + size, key, records: 0, growing: false };
      this.rows.set(id, row);
    }
    row.records += 1;
    row.growing ||= later;
  }

  /** Windows that start here or later have no records before those that were read, but for very late ones. */
  completeFrom(fromTheBeginning: boolean): number {
    if (fromTheBeginning) return Number.NEGATIVE_INFINITY;
    const span = (this.run.windowSeconds + this.run.watermarkSeconds) * 1000;
    return Math.max(Number.NEGATIVE_INFINITY, ...this.first.values()) + span;
  }
}
