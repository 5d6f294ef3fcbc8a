import type { Position, Run } from "../core/aggregate-tables";
import type { Changes, Row } from "./state";

/** Everything one partition has to write: afterwards the rows are exact at `next`. */
export interface PartitionChanges {
  readonly partition: number;
  /** The changes are those since this offset: they may only be written over rows that are exact here or further on. */
  readonly base: number;
  /** Offset the changes are exact at. */
  readonly next: number;
  /** Offsets of records set aside since the last write. */
  readonly rejected: readonly number[];
  /** Per table. */
  readonly tables: readonly Changes[];
}

/**
 * The tables as a writer sees them. What they hold for a partition is always exactly what the log says up to one offset,
 * the position, which is moved in the same transaction as the rows and never back. So whoever writes (a replica that took
 * over, one that does not know yet that it was replaced, one that was restarted and is still reading what it had read
 * before) can only bring the rows forward to a later exact state, or change nothing.
 */
export interface AggregateStore {
  /** Makes this rule the one in force, and says per table from which offsets on it counts. */
  claim(): Promise<Run[]>;
  /** Positions by partition, per table. */
  positions(): Promise<Map<number, Position>[]>;
  /**
   * Writes in one transaction; the number of rows written per table.
   * @throws Superseded when another rule has taken over since {@link claim}
   * @throws WentBack when the rows are older than the changes' base
   */
  write(changes: readonly PartitionChanges[]): Promise<number[]>;
}

/** Another configuration fills the tables now; this process must stop writing. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

/** MySQL holds less than this process has written (a restored backup, an emptied table): all has to be loaded anew. */
export class WentBack extends Error {
  override readonly name = "WentBack";
}

/** A row's identity within one table and partition. */
export function rowId(row: { readonly start: number; readonly key: string }): string {
  return `${row.start}/${row.key}`;
}

/**
 * The rows to be written over a table that is exact at `position`.
 * @param held rows of the table for the revisited keys, by {@link rowId}
 */
export function rowsOver(changes: Changes, position: number, held: ReadonlyMap<string, Row>): Row[] {
  const added = (offsets: readonly number[]) =>
    offsets.reduce((sum, offset) => (offset >= position ? sum + 1 : sum), 0);
  const rows = changes.revisited.map(({ start, key, counted, late }) => {
    const base = held.get(rowId({ start, key }));
    return { start, key, count: (base?.count ?? 0) + added(counted), late: (base?.late ?? 0) + added(late) };
  });
  return [...changes.rows, ...rows];
}
