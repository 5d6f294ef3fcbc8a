import { aggregateNames, readPositions } from "../core/aggregate-tables";
import { type CountingRun, type ExpectedRow, ExpectedRows, type StageEntry } from "../core/expected-rows";
import { filledBy, type HeldTable, readTable } from "../core/held-table";
import type { Kafka, KafkaAdmin, OffsetRange } from "../core/kafka-api";
import { type Mysql, name, whole } from "../core/mysql";
import { nothingBetween, rangesOf } from "../core/ranges";
import { rawEvent, wallTimeMs, wallTimeText } from "../core/raw-event";
import { headerNumber, type KafkaRecord } from "../core/record";
import type { Report } from "../core/report";
import { until } from "../core/until";
import type { AgreeSettings, Plan } from "./config";
import { Clock, isCounted, type Promised, PromisedRows, type WindowRow } from "./windows";

/** What the comparison of windows needs of the world. */
export interface AggregateDeps {
  readonly kafka: Pick<Kafka, "readRange">;
  readonly admin: Pick<KafkaAdmin, "partitions" | "ranges">;
  readonly mysql: Mysql;
  readonly say: (line: string) => void;
}

type AggregateSettings = NonNullable<AgreeSettings["aggregate"]>;

/** Removes what an earlier comparison has left: its rows would look like this one's. */
export async function dropSparkTable({ spark, mysql: { database } }: AggregateSettings, mysql: Mysql): Promise<void> {
  await mysql.run(`DROP TABLE IF EXISTS ${name(database)}.${name(spark)}`);
}

/**
 * Compares the rows of notebook 2 with those of the job, for windows that both have wholly seen. Where Spark's promise decides
 * every record of a window, the rows must be equal. Where it does not (a record is late by some reading), the job's must be what
 * is computed here, independently of it, and Spark's between what it promises and all there is.
 */
export async function compareAggregate(
  config: AgreeSettings,
  settings: AggregateSettings,
  plan: Plan,
  deps: AggregateDeps,
): Promise<Report> {
  const { kafka, admin, mysql, say } = deps;
  const { output } = config.topics;
  const { ours, spark, window } = settings;
  const { database } = settings.mysql;
  const rule = `windows of ${window.sizeSeconds} s, a watermark of ${window.watermarkSeconds} s`;
  await until(config.waitSeconds, `${ours} is not filled by the stack's rule (${rule})`, () =>
    filledBy(mysql, database, ours, window),
  );
  say(`waiting until ${ours} has counted what Spark has seen`);
  const now = await rangesOf(admin, output);
  await until(config.waitSeconds, `${ours} has not counted all of ${output}`, () =>
    hasCounted(ours, database, now, output, deps),
  );
  const held = await readTable(mysql, database, ours, "user_name");
  const sparkRows = await readSpark(mysql, database, spark);

  say(`reading ${output}`);
  const run = held.runs.at(-1) ?? ruleOf(window);
  const ranges = plan.stages.map((frozen) => readable(frozen, now, held, run));
  const clock = new Clock();
  for await (const { entry, appendedMs } of entries(kafka, output, ranges)) {
    if (isCounted(entry, run)) clock.see(entry, appendedMs);
  }
  const promised = new PromisedRows(run, clock);
  const expected = new ExpectedRows([run], held.positions);
  const ends = new Map(plan.stages.map(({ partition, end }) => [partition, end]));
  for await (const { entry, appendedMs } of entries(kafka, output, ranges)) {
    expected.add(entry);
    if (!isCounted(entry, run)) continue;
    promised.add(entry, appendedMs, entry.offset >= (ends.get(entry.partition) ?? 0));
  }
  const completeFrom = promised.completeFrom(ranges.every(({ first }) => first === 0));
  const notes = Number.isFinite(completeFrom)
    ? [`${ours}: windows from ${wallTimeText(completeFrom)} on are compared, which both have wholly seen`]
    : [];
  const report = compareRows({
    ours,
    spark,
    held,
    expected: expected.rows,
    promised: promised.rows,
    sparkRows,
    completeFrom,
  });
  return { ...report, notes: [...notes, ...report.notes] };
}

/** What is compared, row by row. */
export interface Rows {
  readonly ours: string;
  readonly spark: string;
  readonly held: Pick<HeldTable, "rows">;
  readonly expected: ReadonlyMap<string, ExpectedRow>;
  readonly promised: ReadonlyMap<string, Promised>;
  /** Counts by `start/end/key`. */
  readonly sparkRows: ReadonlyMap<string, WindowRow & { readonly count: number }>;
  readonly completeFrom: number;
}

/** The comparison itself. */
export function compareRows({ ours, spark, held, expected, promised, sparkRows, completeFrom }: Rows): Report {
  const differences: string[] = [];
  const sums = { decided: 0, ours: 0, spark: 0, rows: 0, open: 0, later: 0, wrongOurs: 0, wrongSpark: 0 };
  for (const id of new Set([...expected.keys(), ...promised.keys(), ...held.rows.keys(), ...sparkRows.keys()])) {
    const row = promised.get(id) ?? held.rows.get(id) ?? sparkRows.get(id);
    if (!row || row.start < completeFrom) continue;
    const may = promised.get(id);
    if (may?.open) {
      sums.later += 1;
      continue;
    }
    const want = { count: expected.get(id)?.count ?? 0, late: expected.get(id)?.late ?? 0 };
    const have = { count: held.rows.get(id)?.count ?? 0, late: held.rows.get(id)?.late ?? 0 };
    const sparks = sparkRows.get(id)?.count ?? 0;
    const [least, most] = [may?.promised ?? 0, may?.all ?? 0];
    const where = `${wallTimeText(row.start)} … ${wallTimeText(row.end)} ${row.key}`;
    if (have.count !== want.count || have.late !== want.late) {
      sums.wrongOurs += 1;
      differences.push(
        `${ours} ${where}: count ${have.count}, computed ${want.count}; late ${have.late}, computed ${want.late}`,
      );
    }
    // The promise decides a row when both readings count all of its records.
    if (least === most && want.count === most) {
      sums.rows += 1;
      sums.decided += most;
      sums.ours += have.count;
      sums.spark += sparks;
      if (sparks === have.count) continue;
      sums.wrongSpark += 1;
      differences.push(`${where}: ${ours} has ${have.count}, ${spark} has ${sparks}; ${most} records lie in it`);
      continue;
    }
    sums.open += 1;
    if (sparks >= least && sparks <= most) continue;
    sums.wrongSpark += 1;
    differences.push(`${spark} ${where}: count ${sparks}, which Spark's promise makes ${least} to ${most}`);
  }
  const notes = [];
  if (sums.open > 0) {
    notes.push(
      `${sums.open} rows hold records that are late by some reading: Spark's promise leaves them open, the job's are exact`,
    );
  }
  if (sums.later > 0) notes.push(`${sums.later} rows are left out: records of them came while this was compared`);
  return {
    checks: [
      {
        name: `${ours}: sum of counts, ${sums.rows} rows decided by Spark's promise`,
        expected: sums.decided,
        actual: sums.ours,
      },
      { name: `${spark}: sum of counts, the same rows`, expected: sums.decided, actual: sums.spark },
      { name: `${ours}: rows that are not what is computed here`, expected: 0, actual: sums.wrongOurs },
      { name: `${spark}: rows that differ`, expected: 0, actual: sums.wrongSpark },
    ],
    differences,
    notes,
  };
}

/** From where on a partition is read, and to where: as far as the table has counted. */
function readable(frozen: OffsetRange, now: readonly OffsetRange[], held: HeldTable, run: CountingRun): OffsetRange {
  const { partition } = frozen;
  const kept = now.find((range) => range.partition === partition)?.first ?? 0;
  const end = Math.max(frozen.end, held.positions.get(partition) ?? 0);
  return { partition, first: Math.min(end, Math.max(frozen.first, kept, run.from.get(partition) ?? 0)), end };
}

function ruleOf({ sizeSeconds, watermarkSeconds, maxAheadSeconds }: AggregateSettings["window"]): CountingRun {
  return { windowSeconds: sizeSeconds, watermarkSeconds, maxAheadSeconds, from: new Map() };
}

async function hasCounted(
  table: string,
  database: string,
  ranges: readonly OffsetRange[],
  topic: string,
  { kafka, mysql }: AggregateDeps,
): Promise<boolean> {
  const positions = await readPositions(mysql, aggregateNames(database, table));
  for (const { partition, first, end } of ranges) {
    const position = Math.max(first, positions.get(partition)?.position ?? 0);
    if (!(await nothingBetween(kafka, topic, partition, position, end))) return false;
  }
  return true;
}

async function readSpark(mysql: Mysql, database: string, table: string) {
  const rows = new Map<string, WindowRow & { count: number }>();
  const found = await mysql.rows(
    `SELECT start, end, user_name AS \`key\`, count FROM ${name(database)}.${name(table)}`,
  );
  for (const row of found) {
    const held = { start: wallTimeMs(String(row.start)), end: wallTimeMs(String(row.end)), key: String(row.key) };
    rows.set(`${held.start}/${held.end}/${held.key}`, { ...held, count: whole(row.count) });
  }
  return rows;
}

async function* entries(kafka: Pick<Kafka, "readRange">, topic: string, ranges: readonly OffsetRange[]) {
  for (const { partition, first, end } of ranges) {
    for await (const records of kafka.readRange(topic, partition, first, end)) {
      for (const record of records) yield { entry: entryOf(record), appendedMs: record.timestamp };
    }
  }
}

function entryOf(record: KafkaRecord): StageEntry {
  const event = rawEvent(record.value);
  return {
    partition: record.partition,
    offset: record.offset,
    source: headerNumber(record.headers, "source.partition") ?? -1,
    timeMs: event?.timeMs ?? Number.NaN,
    timestamp: headerNumber(record.headers, "source.timestamp") ?? record.timestamp,
    key: userName(record.value),
  };
}

function userName(value: Buffer | null): string {
  try {
    const { user_name } = JSON.parse(value?.toString("utf8") ?? "null") as { user_name?: unknown };
    return String(user_name);
  } catch {
    return "";
  }
}
