import { name, type Sql, whole } from "./mysql";

/**
 * Where an aggregate table keeps what belongs to it, in the schema `<database>_state`, so that readers of `<database>` see
 * nothing but the tables made for them. Every table has its own companions: that makes rights per table possible.
 */
export interface AggregateNames {
  /** What readers see: start, end, the key's column, count. */
  readonly table: string;
  /** One row per (start, end, key, partition read): `count`, and `late`, which the table above leaves out. */
  readonly partials: string;
  /** Per partition read: the offset up to which the rows above are exact, and how many records were set aside. */
  readonly positions: string;
  /** One row per rule (window, watermark) the table was filled by, and from which offsets on. */
  readonly runs: string;
  /** One row per recovery (v2 tables only). */
  readonly recoveries: string;
}

/** The schema of the companions. */
export function stateSchema(database: string): string {
  return `${database}_state`;
}

/** Quoted, qualified names of a table and its companions. */
export function aggregateNames(database: string, table: string): AggregateNames {
  const state = (suffix: string) => `${name(stateSchema(database))}.${name(`${table}_${suffix}`)}`;
  return {
    table: `${name(database)}.${name(table)}`,
    partials: state("partials"),
    positions: state("positions"),
    runs: state("runs"),
    recoveries: state("recoveries"),
  };
}

/** How far a table is exact in one partition of the topic. */
export interface Position {
  /** Every record before this offset is in the rows, none after it. */
  readonly position: number;
  /** Records before it that went to the dead-letter topic. */
  readonly rejected: number;
}

/** Positions by partition. With `lock` they stay as they are until the transaction ends. */
export async function readPositions(sql: Sql, names: AggregateNames, lock = false): Promise<Map<number, Position>> {
  const rows = await sql.rows(
    `SELECT partition_id, position, rejected FROM ${names.positions}${lock ? " FOR UPDATE" : ""}`,
  );
  return new Map(
    rows.map((row) => [whole(row.partition_id), { position: whole(row.position), rejected: whole(row.rejected) }]),
  );
}

/** A rule a table was filled by. */
export interface Run {
  readonly run: number;
  readonly windowSeconds: number;
  readonly watermarkSeconds: number;
  readonly maxAheadSeconds: number;
  /** First offset counted by this rule, per partition; 0 where none is given. */
  readonly from: ReadonlyMap<number, number>;
}

/** All rules of a table, oldest first. With `lock` they stay as they are until the transaction ends. */
export async function readRuns(sql: Sql, names: AggregateNames, lock = false): Promise<Run[]> {
  const rows = await sql.rows(
    `SELECT run, window_seconds, watermark_seconds, max_ahead_seconds, from_positions FROM ${names.runs} ORDER BY run${
      lock ? " FOR UPDATE" : ""
    }`,
  );
  return rows.map((row) => ({
    run: whole(row.run),
    windowSeconds: whole(row.window_seconds),
    watermarkSeconds: whole(row.watermark_seconds),
    maxAheadSeconds: whole(row.max_ahead_seconds),
    from: offsetsOf(row.from_positions),
  }));
}

/** Offsets by partition from a JSON column `{"0": 17}`. */
export function offsetsOf(column: unknown): Map<number, number> {
  const value: unknown = typeof column === "string" ? JSON.parse(column) : column;
  return new Map(Object.entries(value ?? {}).map(([partition, offset]) => [Number(partition), whole(offset)]));
}

/** {@link offsetsOf}, the other way. */
export function offsetsJson(offsets: ReadonlyMap<number, number>): string {
  return JSON.stringify(Object.fromEntries(offsets));
}
