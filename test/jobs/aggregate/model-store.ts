import type { Row } from "../../../jobs/aggregate/state";
import {
  type AggregateStore,
  type PartitionChanges,
  rowId,
  rowsOver,
  Superseded,
  WentBack,
} from "../../../jobs/aggregate/store";
import type { Position, Run } from "../../../jobs/core/aggregate-tables";

/** What one table holds for one partition. */
export interface ModelPartition {
  position: number;
  rejected: number;
  rows: Map<string, Row>;
}

/** The contents of the tables: what MySQL keeps. Shared by all writers; one table holds one map by partition. */
export interface ModelTables {
  runs: Run[];
  partitions: Map<number, ModelPartition>[];
}

/** No table has anything. */
export function emptyTables(tables: number): ModelTables {
  return { runs: [], partitions: Array.from({ length: tables }, () => new Map()) };
}

/** A deep copy: a backup. */
export function copyOf(tables: ModelTables): ModelTables {
  return structuredClone(tables);
}

/** One writer's view of the tables. Every write is atomic, as a transaction is. */
export class ModelStore implements AggregateStore {
  private run = 0;

  constructor(
    private readonly tables: () => ModelTables,
    private readonly rule: Pick<Run, "windowSeconds" | "watermarkSeconds" | "maxAheadSeconds">,
  ) {}

  async claim(): Promise<Run[]> {
    const tables = this.tables();
    const latest = tables.runs.at(-1);
    const same =
      latest?.windowSeconds === this.rule.windowSeconds && latest.watermarkSeconds === this.rule.watermarkSeconds;
    if (!same) {
      const from = new Map([...(tables.partitions[0] ?? [])].map(([partition, { position }]) => [partition, position]));
      tables.runs.push({ run: (latest?.run ?? 0) + 1, ...this.rule, from });
    }
    const claimed = tables.runs.at(-1);
    if (!claimed) throw new Error("nothing was claimed");
    this.run = claimed.run;
    return tables.partitions.map(() => claimed);
  }

  async positions(): Promise<Map<number, Position>[]> {
    return this.tables().partitions.map(
      (table) => new Map([...table].map(([id, { position, rejected }]) => [id, { position, rejected }])),
    );
  }

  async write(changes: readonly PartitionChanges[]): Promise<number[]> {
    const tables = this.tables();
    if (tables.runs.at(-1)?.run !== this.run) throw new Superseded("superseded");
    for (const table of tables.partitions) {
      for (const change of changes) {
        if ((table.get(change.partition)?.position ?? 0) < change.base) throw new WentBack("went back");
      }
    }
    return tables.partitions.map((table, index) => {
      let written = 0;
      for (const change of changes) {
        const held = table.get(change.partition) ?? { position: -1, rejected: 0, rows: new Map<string, Row>() };
        const own = change.tables[index];
        if (!own || change.next <= held.position) continue;
        const rows = rowsOver(own, held.position, held.rows);
        for (const row of rows) held.rows.set(rowId(row), row);
        held.rejected += change.rejected.filter((offset) => offset >= held.position).length;
        held.position = change.next;
        table.set(change.partition, held);
        written += rows.length;
      }
      return written;
    });
  }
}
