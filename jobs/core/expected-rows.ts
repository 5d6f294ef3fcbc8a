/** A rule of counting, and the first offset it applies to. */
export interface CountingRun {
  readonly windowSeconds: number;
  readonly watermarkSeconds: number;
  readonly maxAheadSeconds: number;
  readonly from: ReadonlyMap<number, number>;
}

/** One record of the stage topic, its values recomputed from the raw event. */
export interface StageEntry {
  readonly partition: number;
  readonly offset: number;
  /** Partition of `events`; -1 when the record does not say. */
  readonly source: number;
  /** NaN when the event has no readable time. */
  readonly timeMs: number;
  /** Kafka timestamp of the event, milliseconds. */
  readonly timestamp: number;
  readonly key: string;
}

/** A window of a table: `start` and `end` in milliseconds. */
export interface ExpectedRow {
  readonly start: number;
  readonly end: number;
  readonly key: string;
  count: number;
  late: number;
}

/**
 * The rows a table must have, by the rule as docs/kappa-aggregate.md says it, in one plain pass over the stage topic:
 * records of one partition must come in the order of their offsets.
 */
export class ExpectedRows {
  readonly rows = new Map<string, ExpectedRow>();
  /** Records of each partition that cannot be counted: no time, or one far ahead of the record's timestamp. */
  readonly rejected = new Map<number, number>();
  private readonly newest = new Map<string, number>();

  /**
   * @param runs oldest first
   * @param positions per partition, the offset up to which the table has counted
   */
  constructor(
    private readonly runs: readonly CountingRun[],
    private readonly positions: ReadonlyMap<number, number>,
  ) {}

  add(entry: StageEntry): void {
    const { partition, offset, source, timeMs } = entry;
    if (offset >= (this.positions.get(partition) ?? 0)) return;
    const run = this.runs.findLast(({ from }) => offset >= (from.get(partition) ?? 0));
    if (!run) return;
    if (Number.isNaN(timeMs) || timeMs - entry.timestamp > run.maxAheadSeconds * 1000) {
      this.rejected.set(partition, (this.rejected.get(partition) ?? 0) + 1);
      return;
    }
    const size = run.windowSeconds * 1000;
    const start = Math.floor(timeMs / size) * size;
    const end = start + size;
    const clock = `${partition}/${source}`;
    const newest = this.newest.get(clock) ?? Number.NEGATIVE_INFINITY;
    const late = end <= newest - run.watermarkSeconds * 1000;
    if (timeMs > newest) this.newest.set(clock, timeMs);
    const id = `${start}/${end}/${entry.key}`;
    let row = this.rows.get(id);
    if (!row) {
      row = { start, end, key: entry.key, count: 0, late: 0 };
      this.rows.set(id, row);
    }
    if (late) row.late += 1;
    else row.count += 1;
  }
}

/** A user's derived columns, from the id alone. */
export function derived(id: number, names: ReadonlyMap<number, string>, depts: ReadonlyMap<number, string>) {
  return {
    user_name: names.get(id % 10) ?? "Unknown Name",
    dept_name: depts.get(id % 5) ?? "Unknown Dept",
    gender: id % 2 === 0 ? "남성" : "여성",
    age: (id % 100) + 1,
    user_id: id % 10,
  };
}
