import { aggregateNames, offsetsOf, readPositions, readRuns } from "./aggregate-tables";
import type { CountingRun } from "./expected-rows";
import { type Mysql, name, type SqlRow, whole } from "./mysql";
import { wallTimeMs } from "./raw-event";

/** A row as a table has it. */
export interface HeldRow {
  readonly start: number;
  readonly end: number;
  readonly key: string;
  readonly count: number;
  readonly late: number;
}

/** What a table holds, all of it at one moment. */
export interface HeldTable {
  readonly runs: readonly CountingRun[];
  readonly positions: ReadonlyMap<number, number>;
  readonly rejected: ReadonlyMap<number, number>;
  /** By `start/end/key`; `late` from the companion. */
  readonly rows: ReadonlyMap<string, HeldRow>;
}

/** Reads a table and its companions in one consistent snapshot. */
export function readTable(mysql: Mysql, database: string, table: string, column: string): Promise<HeldTable> {
  const names = aggregateNames(database, table);
  const key = name(column);
  return mysql.transaction(async (sql) => {
    const positions = await readPositions(sql, names);
    const runs = await readRuns(sql, names);
    const rows = new Map<string, HeldRow>();
    const put = (row: SqlRow, count: number, late: number) => {
      const held = { start: wallTimeMs(String(row.start)), end: wallTimeMs(String(row.end)), key: String(row.key) };
      const id = `${held.start}/${held.end}/${held.key}`;
      const before = rows.get(id);
      rows.set(id, { ...held, count: count + (before?.count ?? 0), late: late + (before?.late ?? 0) });
    };
    for (const row of await sql.rows(`SELECT start, end, ${key} AS \`key\`, count FROM ${names.table}`)) {
      put(row, whole(row.count), 0);
    }
    const late = await sql.rows(
      `SELECT start, end, ${key} AS \`key\`, SUM(late) AS late FROM ${names.partials} GROUP BY start, end, ${key} HAVING SUM(late) > 0`,
    );
    for (const row of late) put(row, 0, whole(row.late));
    return {
      runs,
      positions: new Map([...positions].map(([partition, held]) => [partition, held.position])),
      rejected: new Map([...positions].map(([partition, held]) => [partition, held.rejected])),
      rows,
    };
  }, "REPEATABLE READ");
}

/** Whether a table is filled by the rule its stack wants; so is one that nothing has been counted into. */
export async function filledBy(
  mysql: Mysql,
  database: string,
  table: string,
  wanted: { readonly sizeSeconds: number; readonly watermarkSeconds: number; readonly maxAheadSeconds: number },
): Promise<boolean> {
  const newest = (await readRuns(mysql, aggregateNames(database, table))).at(-1);
  return (
    newest === undefined ||
    (newest.windowSeconds === wanted.sizeSeconds &&
      newest.watermarkSeconds === wanted.watermarkSeconds &&
      newest.maxAheadSeconds === wanted.maxAheadSeconds)
  );
}

/** First offsets of the recovery that filled a v2 table; undefined when none has caught up. */
export async function recoveredFrom(
  mysql: Mysql,
  database: string,
  table: string,
): Promise<Map<number, number> | undefined> {
  const names = aggregateNames(database, table);
  const rows = await mysql.rows(
    `SELECT start_offsets, caught_up_at FROM ${names.recoveries} ORDER BY run DESC LIMIT 1`,
  );
  const latest = rows[0];
  return latest?.caught_up_at ? offsetsOf(latest.start_offsets) : undefined;
}
