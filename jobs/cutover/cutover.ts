import { aggregateNames, offsetsOf, readPositions } from "../core/aggregate-tables";
import type { Kafka, KafkaAdmin, OffsetRange } from "../core/kafka-api";
import { type Mysql, name, type Sql, whole } from "../core/mysql";
import { type Findings, objection } from "./checks";
import type { CutoverSettings } from "./config";

/** What a cutover needs of the world. */
export interface CutoverDeps {
  readonly kafka: Pick<Kafka, "readRange">;
  readonly admin: Pick<KafkaAdmin, "ranges">;
  readonly mysql: Mysql;
}

/** Readers were not moved; the message is one line. */
export class CutoverRefused extends Error {
  override readonly name = "CutoverRefused";
}

/**
 * Moves the readers' view to v1 or v2 by one statement, so that every query sees the one table or the other. To v2 only
 * after a recovery has caught up, nothing is left to count, and the totals agree; back to v1 always.
 * @returns one line that says what was done
 * @throws CutoverRefused
 */
export async function cutOver(config: CutoverSettings, deps: CutoverDeps): Promise<string> {
  const { view, to } = config;
  const { database } = config.mysql;
  const table = `${view}_${to}`;
  if ((await targetOf(deps.mysql, database, view)) === table) return `readers of ${view} are on ${table} already`;
  let detail = "";
  if (to === "v2") {
    const found = await examine(config, deps);
    const why = objection(found);
    if (why !== undefined) throw new CutoverRefused(why);
    detail = ` (v2 counts ${found.v2} records, v1 ${found.v1}; ${found.inTopic} in the topic)`;
  }
  await deps.mysql.run(viewStatement(database, view, table));
  return `readers of ${view} are on ${table} now${detail}`;
}

/** The statement that moves readers: atomic, and without effect on queries that are running. */
export function viewStatement(database: string, view: string, table: string): string {
  return `CREATE OR REPLACE SQL SECURITY INVOKER VIEW ${name(database)}.${name(view)} AS
    SELECT start, end, user_name, count FROM ${name(database)}.${name(table)}`;
}

/** The table a view shows; undefined when there is no such view. */
async function targetOf(mysql: Mysql, database: string, view: string): Promise<string | undefined> {
  const [row] = await mysql.rows(
    "SELECT VIEW_DEFINITION AS definition FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
    [database, view],
  );
  return /from `[^`]+`\.`([^`]+)`/i.exec(String(row?.definition ?? ""))?.[1];
}

async function examine(config: CutoverSettings, { kafka, admin, mysql }: CutoverDeps): Promise<Findings> {
  const { database } = config.mysql;
  const v1 = aggregateNames(database, `${config.view}_v1`);
  const v2 = aggregateNames(database, `${config.view}_v2`);
  const [recovery] = await mysql.rows(
    `SELECT id, start_offsets, caught_up_at FROM ${v2.recoveries} ORDER BY run DESC LIMIT 1`,
  );
  const caughtUp = recovery?.caught_up_at !== null && recovery?.caught_up_at !== undefined;
  const nothing = { lag: new Map<number, number>(), v1: 0, v2: 0, v2Seen: 0, inTopic: 0, sameStart: true };
  if (!recovery || !caughtUp) return { ...nothing, recovery: recovery ? String(recovery.id) : undefined, caughtUp };

  const starts = offsetsOf(recovery.start_offsets);
  // Windows in full: all of them, unless retention had removed records before the recovery began.
  const [whole1] = await mysql.rows(
    `SELECT CAST(MAX(first) AS CHAR) AS first FROM (SELECT MIN(start) AS first FROM ${v2.partials} GROUP BY partition_id) AS firsts`,
  );
  const trimmed = [...starts.values()].some((offset) => offset > 0) && whole1?.first;
  const fromStart = trimmed ? String(whole1.first) : "1000-01-01 00:00:00";
  const sum = async (sql: Sql, table: string) =>
    whole((await sql.rows(`SELECT SUM(count) AS total FROM ${table} WHERE start > ?`, [fromStart]))[0]?.total);

  // In this order: what v1 had counted by now, v2 has counted when it reaches the ends frozen after it.
  const v1Sum = await sum(mysql, v1.table);
  const ranges = await admin.ranges(config.topic);
  const lag = await awaitNoLag(config, kafka, ranges, () => readPositions(mysql, v2));
  const seen = await mysql.transaction(async (sql) => {
    const positions = await readPositions(sql, v2);
    const [row] = await sql.rows(`SELECT SUM(count) AS counted, SUM(late) AS late FROM ${v2.partials}`);
    const rejected = [...positions.values()].reduce((total, position) => total + position.rejected, 0);
    return { positions, total: whole(row?.counted) + whole(row?.late) + rejected, v2: await sum(sql, v2.table) };
  }, "REPEATABLE READ");
  let inTopic = 0;
  for (const { partition, first } of ranges) {
    inTopic += await countRecords(kafka, config.topic, partition, first, seen.positions.get(partition)?.position ?? 0);
  }
  const sameStart = ranges.every(({ partition, first }) => first === (starts.get(partition) ?? 0));
  return {
    recovery: String(recovery.id),
    caughtUp,
    lag,
    v1: v1Sum,
    v2: seen.v2,
    v2Seen: seen.total,
    inTopic,
    sameStart,
  };
}

/** What is left to count when the time is over; usually nothing. */
async function awaitNoLag(
  config: CutoverSettings,
  kafka: Pick<Kafka, "readRange">,
  ranges: readonly OffsetRange[],
  positions: () => Promise<ReadonlyMap<number, { readonly position: number }>>,
): Promise<Map<number, number>> {
  const deadline = performance.now() + config.waitSeconds * 1000;
  for (;;) {
    const counted = await positions();
    const lag = new Map<number, number>();
    for (const { partition, first, end } of ranges) {
      // By records, not by offsets: behind the last record there may be control records.
      const left = await countRecords(kafka, config.topic, partition, counted.get(partition)?.position ?? first, end);
      if (left > 0) lag.set(partition, left);
    }
    if (lag.size === 0 || performance.now() >= deadline) return lag;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function countRecords(
  kafka: Pick<Kafka, "readRange">,
  topic: string,
  partition: number,
  from: number,
  to: number,
): Promise<number> {
  let count = 0;
  if (from >= to) return count;
  for await (const records of kafka.readRange(topic, partition, from, to)) count += records.length;
  return count;
}
