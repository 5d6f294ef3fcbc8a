import {
  aggregateNames,
  offsetsJson,
  type Position,
  type Run,
  readPositions,
  readRuns,
} from "../core/aggregate-tables";
import { type Mysql, name, type Sql, type SqlRow, type SqlValue, whole } from "../core/mysql";
import type { AggregateTable } from "./config";
import type { Row } from "./state";
import { type AggregateStore, type PartitionChanges, rowId, rowsOver, Superseded, WentBack } from "./store";
import { seoulInstant, seoulWallTime } from "./window";

/** The rule rows are counted by, in seconds. */
export interface CountingRule {
  readonly windowSeconds: number;
  readonly watermarkSeconds: number;
  readonly maxAheadSeconds: number;
}

const ROWS_PER_STATEMENT = 500;

/**
 * The aggregate tables in MySQL. Each (start, end, key) has one partial count per partition read, and the visible table
 * holds their sum: two uids may share a name, and every partition has people of every age, so no single reader of a
 * partition knows the whole. A write locks the table's rule row first, so that writers of one table come one after the
 * other and nobody sums up while another's partial is on its way.
 */
export class MysqlAggregateStore implements AggregateStore {
  private runs: readonly number[] = [];
  /** Tables in the order of their names: every writer locks in the same order. */
  private readonly lockOrder: readonly number[];

  /** @param onlyRun the run of a recovery: where another has taken over, nothing is claimed @default any may be claimed */
  constructor(
    private readonly mysql: Mysql,
    private readonly database: string,
    private readonly tables: readonly AggregateTable[],
    private readonly rule: CountingRule,
    private readonly onlyRun?: number,
  ) {
    this.lockOrder = tables.map((_, index) => index).sort((a, b) => (this.table(a) < this.table(b) ? -1 : 1));
  }

  async claim(): Promise<Run[]> {
    const claimed = await this.mysql.transaction(async (sql) => {
      const runs = new Map<number, Run>();
      for (const index of this.lockOrder) runs.set(index, await this.claimTable(sql, index));
      return this.tables.map((_, index) => runs.get(index)).filter((run) => run !== undefined);
    });
    this.runs = claimed.map((run) => run.run);
    return claimed;
  }

  positions(): Promise<Map<number, Position>[]> {
    return this.mysql.transaction((sql) => inOrder(this.tables, (_, index) => readPositions(sql, this.names(index))));
  }

  write(changes: readonly PartitionChanges[]): Promise<number[]> {
    return this.mysql.transaction(async (sql) => {
      const written = this.tables.map(() => 0);
      for (const index of this.lockOrder) written[index] = await this.writeTable(sql, index, changes);
      return written;
    });
  }

  private async claimTable(sql: Sql, index: number): Promise<Run> {
    const names = this.names(index);
    const latest = (await readRuns(sql, names, true)).at(-1);
    const { windowSeconds, watermarkSeconds, maxAheadSeconds } = this.rule;
    if (this.onlyRun !== undefined && latest?.run !== this.onlyRun) throw this.superseded(index, latest?.run);
    if (
      latest?.windowSeconds === windowSeconds &&
      latest.watermarkSeconds === watermarkSeconds &&
      latest.maxAheadSeconds === maxAheadSeconds
    ) {
      return latest;
    }
    const positions = await readPositions(sql, names);
    const from = new Map([...positions].map(([partition, { position }]) => [partition, position]));
    const run = { run: (latest?.run ?? 0) + 1, windowSeconds, watermarkSeconds, maxAheadSeconds, from };
    await sql.run(
      `INSERT INTO ${names.runs} (run, window_seconds, watermark_seconds, max_ahead_seconds, from_positions, claimed_at)
       VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP())`,
      [run.run, windowSeconds, watermarkSeconds, maxAheadSeconds, offsetsJson(from)],
    );
    return run;
  }

  private async writeTable(sql: Sql, index: number, changes: readonly PartitionChanges[]): Promise<number> {
    const names = this.names(index);
    const latest = (await readRuns(sql, names, true)).at(-1)?.run;
    if (latest !== this.runs[index]) throw this.superseded(index, latest);
    const positions = await readPositions(sql, names, true); // so that nobody empties the table meanwhile
    const partials: SqlValue[][] = [];
    const moved: SqlValue[][] = [];
    for (const change of changes) {
      const { position, rejected } = positions.get(change.partition) ?? { position: -1, rejected: 0 };
      const own = change.tables[index];
      if (position < change.base && change.base > 0) {
        throw new WentBack(
          `${this.table(index)} is at offset ${position} of partition ${change.partition}, not ${change.base}`,
        );
      }
      if (!own || change.next <= position) continue;
      const held = await this.held(sql, index, change.partition, own.revisited);
      for (const row of rowsOver(own, position, held)) {
        partials.push([...this.id(index, row), change.partition, row.count, row.late]);
      }
      moved.push([
        change.partition,
        change.next,
        rejected + change.rejected.filter((offset) => offset >= position).length,
      ]);
    }
    await this.upsert(sql, index, partials);
    if (moved.length > 0)
      await sql.run(`REPLACE INTO ${names.positions} (partition_id, position, rejected) VALUES ?`, [moved]);
    return partials.length;
  }

  private superseded(index: number, latest: number | undefined): Superseded {
    const own = this.runs[index] ?? this.onlyRun;
    return new Superseded(
      `${this.table(index)} is filled by another configuration now (run ${latest}, this is ${own})`,
    );
  }

  /** Rows that left memory and are added to. */
  private async held(sql: Sql, index: number, partition: number, ids: readonly { start: number; key: string }[]) {
    const column = this.column(index);
    const held = new Map<string, Row>();
    for (const piece of pieces(ids)) {
      const rows = await sql.rows(
        `SELECT start, ${column} AS \`key\`, count, late FROM ${this.names(index).partials}
         WHERE partition_id = ? AND (start, end, ${column}) IN (?)`,
        [partition, piece.map((row) => this.id(index, row))],
      );
      for (const row of rows.map(heldRow)) held.set(rowId(row), row);
    }
    return held;
  }

  private async upsert(sql: Sql, index: number, partials: readonly SqlValue[][]): Promise<void> {
    const { table, partials: own } = this.names(index);
    const column = this.column(index);
    const key = `start, end, ${column}`;
    for (const piece of pieces(partials)) {
      await sql.run(
        `INSERT INTO ${own} (${key}, partition_id, count, late) VALUES ? AS new
         ON DUPLICATE KEY UPDATE count = new.count, late = new.late`,
        [piece],
      );
    }
    const ids = new Map(
      partials.map(([start = null, end = null, id = null]) => [`${start}/${end}/${id}`, [start, end, id]]),
    );
    for (const piece of pieces([...ids.values()])) {
      await sql.run(
        `INSERT INTO ${table} (${key}, count)
         SELECT * FROM (SELECT ${key}, SUM(count) AS total FROM ${own} WHERE (${key}) IN (?)
                        GROUP BY ${key} HAVING total > 0) AS sums
         ON DUPLICATE KEY UPDATE count = sums.total`,
        [piece],
      );
    }
  }

  private id(index: number, row: { readonly start: number; readonly key: string }): SqlValue[] {
    const end = row.start + this.rule.windowSeconds * 1000;
    const key = this.tables[index]?.type === "integer" ? Number(row.key) : row.key;
    return [seoulWallTime(row.start), seoulWallTime(end), key];
  }

  private names(index: number) {
    return aggregateNames(this.database, this.table(index));
  }

  private table(index: number): string {
    return this.tables[index]?.table ?? "";
  }

  private column(index: number): string {
    return name(this.tables[index]?.column ?? "");
  }
}

function heldRow(row: SqlRow): Row {
  const start = seoulInstant(String(row.start)) ?? 0;
  return { start, key: String(row.key), count: whole(row.count), late: whole(row.late) };
}

function pieces<T>(list: readonly T[]): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < list.length; at += ROWS_PER_STATEMENT) found.push(list.slice(at, at + ROWS_PER_STATEMENT));
  return found;
}

async function inOrder<T, R>(list: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of list.entries()) results.push(await work(item, index));
  return results;
}
