import { Aggregator, type Commit, type Rejected } from "../../../jobs/aggregate/aggregator";
import { EventReader } from "../../../jobs/aggregate/event";
import type { Row } from "../../../jobs/aggregate/state";
import { Superseded, WentBack } from "../../../jobs/aggregate/store";
import { seoulWallTime } from "../../../jobs/aggregate/window";
import type { KafkaRecord } from "../../../jobs/core/record";
import { emptyTables, ModelStore, type ModelTables } from "./model-store";

/** An event as the test makes it; `key` undefined makes the record unreadable. */
export interface Made {
  readonly source: number;
  readonly second: number;
  readonly key: string | undefined;
  /** Empty offsets before the record, as control records leave them. */
  readonly gap: number;
}
/** A rule of counting, in seconds. */
export interface Rule {
  readonly windowSeconds: number;
  readonly watermarkSeconds: number;
  readonly idleSeconds: number;
}

const BASE_MS = Date.UTC(2026, 10, 21);
const TABLES = [
  { table: "events_users_v1", column: "user_name", field: "user_name", type: "text" as const },
  { table: "events_depts", column: "dept_name", field: "dept_name", type: "text" as const },
];

/** The log of one partition. */
export function logOf(partition: number, events: readonly Made[]): KafkaRecord[] {
  let offset = 0;
  return events.map(({ source, second, key, gap }) => {
    offset += gap;
    const time = seoulWallTime(BASE_MS + second * 1000);
    return {
      topic: "events_stages",
      partition,
      offset: offset++,
      timestamp: BASE_MS + 10_000_000,
      key: null,
      value: Buffer.from(key === undefined ? "{" : JSON.stringify({ time, user_name: key, dept_name: "d" })),
      headers: { "source.partition": Buffer.from(String(source)) },
    };
  });
}

/** The documented rule, as plainly as it can be said: one pass, nothing forgotten, nothing closed. */
export function oracle(
  log: readonly KafkaRecord[],
  events: readonly Made[],
  upTo: number,
  runs: readonly { rule: Rule; from: number }[],
) {
  const rows = new Map<string, Row>();
  const newest = new Map<number, number>();
  let rejected = 0;
  events.forEach(({ source, second, key }, index) => {
    const offset = log[index]?.offset ?? 0;
    if (offset >= upTo) return;
    if (key === undefined) {
      rejected += 1;
      return;
    }
    const rule = runs.findLast(({ from }) => offset >= from)?.rule;
    if (!rule) throw new Error("no rule");
    const ms = BASE_MS + second * 1000;
    const size = rule.windowSeconds * 1000;
    const start = Math.floor(ms / size) * size;
    const late = start + size <= (newest.get(source) ?? Number.NEGATIVE_INFINITY) - rule.watermarkSeconds * 1000;
    const id = `${start}/${key}`;
    const row = rows.get(id) ?? { start, key, count: 0, late: 0 };
    rows.set(id, late ? { ...row, late: row.late + 1 } : { ...row, count: row.count + 1 });
    newest.set(source, Math.max(newest.get(source) ?? Number.NEGATIVE_INFINITY, ms));
  });
  return { rows, rejected };
}

/** One process of the job. Reads where `load` told it to, at its own pace; may be a zombie. */
export class Replica {
  readonly aggregator: Aggregator;
  readonly reads = new Map<number, number>();
  dead = false;

  constructor(
    private readonly world: World,
    rule: Rule,
  ) {
    const { windowSeconds, watermarkSeconds, idleSeconds } = rule;
    const store = new ModelStore(() => world.tables, { windowSeconds, watermarkSeconds, maxAheadSeconds: 300 });
    const times = { sizeMs: windowSeconds * 1000, watermarkMs: watermarkSeconds * 1000, idleMs: idleSeconds * 1000 };
    this.aggregator = new Aggregator(
      {
        store: {
          claim: () => store.claim(),
          positions: () => store.positions(),
          write: async (changes) => {
            const written = await store.write(changes);
            if (world.loseAnswer) throw new Error("connection lost during commit");
            return written;
          },
        },
        committed: async (partition) => world.commits.get(partition),
        range: async (partition) => ({ partition, first: 0, end: world.end(partition) }),
        setAside: async (records) => {
          world.setAside.push(...records);
        },
        commit: async (commits: readonly Commit[]) => {
          if (world.refuseCommit) throw new Error("rebalance in progress");
          for (const commit of commits) world.commits.set(commit.partition, commit);
        },
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      },
      { reader: new EventReader(TABLES, 300_000_000), rule: { ...times, maxAheadMs: 300_000_000 }, tables: 2 },
    );
  }

  async read(partition: number, count: number): Promise<void> {
    if (!this.aggregator.has(partition)) this.reads.set(partition, await this.aggregator.load(partition));
    const from = this.reads.get(partition) ?? 0;
    const log = this.world.logs[partition] ?? [];
    const records = log.filter((record) => record.offset >= from).slice(0, count);
    const next = (records.at(-1)?.offset ?? from - 1) + 1;
    this.aggregator.process(partition, records, next);
    this.reads.set(partition, next);
  }

  async flush(): Promise<void> {
    try {
      await this.aggregator.flush();
    } catch (error) {
      if (error instanceof Superseded) this.dead = true;
      else if (error instanceof WentBack) this.aggregator.drop();
      else if (!(error instanceof Error && error.message.startsWith("connection lost"))) throw error;
    }
  }
}

/** Kafka and MySQL, as far as the job sees them. */
export class World {
  tables: ModelTables = emptyTables(TABLES.length);
  readonly commits = new Map<number, Commit>();
  readonly setAside: Rejected[] = [];
  loseAnswer = false;
  refuseCommit = false;
  constructor(readonly logs: readonly KafkaRecord[][]) {}
  end(partition: number): number {
    return (this.logs[partition]?.at(-1)?.offset ?? -1) + 1;
  }
}
