import { aggregateNames, offsetsJson, offsetsOf, readPositions, readRuns } from "../core/aggregate-tables";
import type { Kafka, KafkaAdmin } from "../core/kafka-api";
import type { Log } from "../core/log";
import { type Mysql, type Sql, whole } from "../core/mysql";
import type { CountingRule } from "./partial";

/** A recovery that has begun: its tables are empty or hold what it has counted so far. */
export interface Recovery {
  readonly id: string;
  /** Its entry among the table's rules. */
  readonly run: number;
  /** End offsets at the start of the recovery, per partition. */
  readonly ends: ReadonlyMap<number, number>;
  /** Whether all records before the ends are counted; noted in MySQL when they are. */
  caughtUp(): Promise<boolean>;
}

/** A recovery cannot begin; the message is one line. */
export class RecoveryRefused extends Error {
  override readonly name = "RecoveryRefused";
  /** @param replaced a newer recovery has taken over: this one has nothing left to do */
  constructor(
    message: string,
    readonly replaced = false,
  ) {
    super(message);
  }
}

/** What is recovered, and from where. */
export interface RecoveryOptions {
  readonly id: string;
  readonly database: string;
  /** Ends in `_v2`; the config allows no other. */
  readonly table: string;
  readonly topic: string;
  readonly rule: CountingRule;
}

const ROWS_PER_DELETE = 5_000;

/**
 * Begins a recovery, or resumes the one of this id. Beginning makes the rule the one in force first, so that whoever still
 * writes to the table is refused from then on, then empties the table, and freezes the end offsets last. Refuses while
 * readers are on the table.
 */
export async function beginRecovery(
  mysql: Mysql,
  admin: Pick<KafkaAdmin, "ranges">,
  kafka: Pick<Kafka, "readRange">,
  options: RecoveryOptions,
  log: Log,
): Promise<Recovery> {
  const { id, database, table, topic } = options;
  if (!table.endsWith("_v2"))
    throw new RecoveryRefused(`recover writes tables that end in _v2 and no others, got ${table}`);
  const names = aggregateNames(database, table);
  const resumed = await mysql.transaction((sql) => announce(sql, options));
  if (!resumed) {
    for (const target of [names.table, names.partials]) {
      while ((await mysql.run(`DELETE FROM ${target} LIMIT ${ROWS_PER_DELETE}`)) > 0)
        log.debug("emptied a piece", { target });
    }
    const ends = new Map<number, number>();
    const starts = new Map<number, number>();
    for (const { partition, first, end } of await admin.ranges(topic)) {
      starts.set(partition, first);
      ends.set(partition, await afterLastRecord(kafka, topic, partition, first, end));
    }
    await mysql.run(
      `UPDATE ${names.recoveries} SET start_offsets = ?, end_offsets = ?, emptied_at = UTC_TIMESTAMP() WHERE id = ?`,
      [offsetsJson(starts), offsetsJson(ends), id],
    );
    log.info("recovery begins", { id, table, ends: Object.fromEntries(ends) });
  }
  const [row] = await mysql.rows(`SELECT run, end_offsets, caught_up_at FROM ${names.recoveries} WHERE id = ?`, [id]);
  const ends = offsetsOf(row?.end_offsets);
  let done = row?.caught_up_at !== null && row?.caught_up_at !== undefined;
  if (resumed) log.info("recovery goes on", { id, table, caughtUp: done });
  return {
    id,
    run: whole(row?.run),
    ends,
    caughtUp: async () => {
      if (done) return true;
      const positions = await readPositions(mysql, names);
      if ([...ends].some(([partition, end]) => (positions.get(partition)?.position ?? 0) < end)) return false;
      await mysql.run(
        `UPDATE ${names.recoveries} SET caught_up_at = UTC_TIMESTAMP() WHERE id = ? AND caught_up_at IS NULL`,
        [id],
      );
      done = true;
      log.info("recovery has caught up", { id, table });
      return true;
    },
  };
}

/** Notes the recovery in MySQL; true when it had been noted and its tables emptied before. */
async function announce(sql: Sql, { id, database, table, rule }: RecoveryOptions): Promise<boolean> {
  const names = aggregateNames(database, table);
  const latestRun = (await readRuns(sql, names, true)).at(-1)?.run ?? 0;
  const known = await sql.rows(`SELECT id, run, emptied_at FROM ${names.recoveries} ORDER BY run`);
  const latest = known.at(-1);
  if (latest?.id === id && latest.emptied_at !== null) return true;
  if (latest?.id !== id && known.some((row) => row.id === id)) {
    throw new RecoveryRefused(`recovery ${id} was replaced by ${String(latest?.id)}`, true);
  }
  const view = table.slice(0, -"_v2".length);
  const [readers] = await sql.rows(
    "SELECT VIEW_DEFINITION AS definition FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
    [database, view],
  );
  if (String(readers?.definition ?? "").includes(`\`${table}\``)) {
    throw new RecoveryRefused(`readers of ${view} are on ${table}: cut over to v1 before recovering it anew`);
  }
  const run = latest?.id === id ? whole(latest.run) : latestRun + 1;
  if (latest?.id !== id) {
    await sql.run(
      `INSERT INTO ${names.runs} (run, window_seconds, watermark_seconds, max_ahead_seconds, from_positions, claimed_at)
       VALUES (?, ?, ?, ?, '{}', UTC_TIMESTAMP())`,
      [run, rule.windowSeconds, rule.watermarkSeconds, rule.maxAheadSeconds],
    );
    await sql.run(`INSERT INTO ${names.recoveries} (id, run, started_at) VALUES (?, ?, UTC_TIMESTAMP())`, [id, run]);
  }
  await sql.run(`DELETE FROM ${names.positions}`);
  return false;
}

/** Offset after the last record below `end`: behind it lie control records only, which no reader ever sees. */
async function afterLastRecord(
  kafka: Pick<Kafka, "readRange">,
  topic: string,
  partition: number,
  first: number,
  end: number,
): Promise<number> {
  for (let span = 64; ; span *= 8) {
    const from = Math.max(first, end - span);
    let after = 0;
    for await (const records of kafka.readRange(topic, partition, from, end)) {
      after = (records.at(-1)?.offset ?? after - 1) + 1;
    }
    if (after > 0 || from === first) return after;
  }
}

/** The name of the Kubernetes Job a pod belongs to, from the pod's host name: the same for every pod the Job makes. */
export function jobName(hostname: string): string {
  return hostname.replace(/-[a-z0-9]{5}$/, "");
}
