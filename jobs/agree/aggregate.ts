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
import { type Content, Contents, eventTimeMs, STEADY_SINCE_MS, type WindowRow } from "./windows";

/** What the comparison of windows needs of the world. */
export interface AggregateDeps {
  readonly kafka: Pick<Kafka, "readRange">;
  readonly admin: Pick<KafkaAdmin, "partitions" | "ranges">;
  readonly mysql: Mysql;
  readonly say: (line: string) => void;
}

type AggregateSettings = NonNullable<AgreeSettings["aggregate"]>;

/**
 * Compares the rows of notebook 2 with those of the job, for windows that both have wholly seen. Spark has read all that is
 * compared in one micro-batch, before which there is no watermark: it counts every record. So where no record of a window is
 * late, the two must be equal. Where one is, Spark's promise leaves open what becomes of it: then the job's row must be what is
 * computed here from its rule, independently of it, and Spark's all records there are. As many records again are read before
 * those that Spark has read: they have moved the job's watermark, and some lie in windows of which Spark has seen a part only.
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
  const frozen = new Map(plan.stages.map((range) => [range.partition, range]));
  const contents = new Contents(run);
  const expected = new ExpectedRows([run], held.positions);
  for await (const record of recordsOf(kafka, output, ranges)) {
    const entry = entryOf(record);
    const { first = 0, end = 0 } = frozen.get(entry.partition) ?? {};
    expected.add(entry);
    contents.add(entry, record.timestamp, entry.offset < first ? "before" : entry.offset < end ? "compared" : "behind");
  }
  const completeFrom = contents.completeFrom(ranges.every(({ first }) => first === 0));
  const notes = Number.isFinite(completeFrom)
    ? [`${ours}: windows from ${wallTimeText(completeFrom)} on are compared, which both have wholly seen`]
    : [];
  const report = compareRows({
    ours,
    spark,
    held,
    expected: expected.rows,
    contents: contents.rows,
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
  readonly contents: ReadonlyMap<string, Content>;
  /** Counts by `start/end/key`. */
  readonly sparkRows: ReadonlyMap<string, WindowRow & { readonly count: number }>;
  readonly completeFrom: number;
}

/** The comparison itself. */
export function compareRows({ ours, spark, held, expected, contents, sparkRows, completeFrom }: Rows): Report {
  const differences: string[] = [];
  const sums = { rows: 0, records: 0, ours: 0, spark: 0, wrongOurs: 0, wrongSpark: 0, withLate: 0, growing: 0, old: 0 };
  for (const id of new Set([...contents.keys(), ...held.rows.keys(), ...sparkRows.keys()])) {
    const content = contents.get(id);
    const row = content ?? held.rows.get(id) ?? sparkRows.get(id);
    if (!row || row.start < completeFrom || content?.begunBefore) continue;
    if (row.start < STEADY_SINCE_MS) {
      sums.old += 1;
      continue;
    }
    if (content?.growing) {
      sums.growing += 1;
      continue;
    }
    const records = content?.records ?? 0;
    const { count = 0, late = 0 } = expected.get(id) ?? {};
    const have = { count: held.rows.get(id)?.count ?? 0, late: held.rows.get(id)?.late ?? 0 };
    const sparks = sparkRows.get(id)?.count ?? 0;
    const where = `${wallTimeText(row.start)} … ${wallTimeText(row.end)} ${row.key}`;
    if (have.count !== count || have.late !== late) {
      sums.wrongOurs += 1;
      const computed = `computed ${count}; late ${have.late}, computed ${late}`;
      differences.push(`${ours} ${where}: count ${have.count}, ${computed}; ${spark} has ${sparks}`);
    }
    if (sparks !== records) {
      sums.wrongSpark += 1;
      differences.push(`${spark} ${where}: count ${sparks} of ${records} records; ${ours} has ${have.count}`);
    }
    if (late > 0) {
      sums.withLate += 1;
      continue;
    }
    sums.rows += 1;
    sums.records += records;
    sums.ours += have.count;
    sums.spark += sparks;
  }
  const notes: string[] = [];
  if (sums.withLate > 0)
    notes.push(
      `${sums.withLate} rows hold late records, which Spark has counted: it has read all at once, without a watermark`,
    );
  if (sums.old > 0) notes.push(`${sums.old} rows before ${wallTimeText(STEADY_SINCE_MS)} are left out`);
  if (sums.growing > 0) notes.push(`${sums.growing} rows are left out: records of them came while this was compared`);
  return {
    checks: [
      { name: `${ours}: sum of the ${sums.rows} rows without late records`, expected: sums.records, actual: sums.ours },
      { name: `${spark}: sum of the same rows`, expected: sums.records, actual: sums.spark },
      { name: `${ours}: rows that are not what the rule makes them`, expected: 0, actual: sums.wrongOurs },
      { name: `${spark}: rows that differ`, expected: 0, actual: sums.wrongSpark },
    ],
    differences,
    notes,
  };
}

/**
 * From where on a partition is read, and to where: from as many records before those that are compared as these are, to where the
 * table has counted.
 */
function readable(frozen: OffsetRange, now: readonly OffsetRange[], held: HeldTable, run: CountingRun): OffsetRange {
  const { partition } = frozen;
  const kept = now.find((range) => range.partition === partition)?.first ?? 0;
  const end = Math.max(frozen.end, held.positions.get(partition) ?? 0);
  const wanted = frozen.first - (frozen.end - frozen.first);
  return { partition, first: Math.min(end, Math.max(wanted, kept, run.from.get(partition) ?? 0)), end };
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

async function* recordsOf(kafka: Pick<Kafka, "readRange">, topic: string, ranges: readonly OffsetRange[]) {
  for (const { partition, first, end } of ranges) {
    for await (const records of kafka.readRange(topic, partition, first, end)) yield* records;
  }
}

function entryOf(record: KafkaRecord): StageEntry {
  const event = rawEvent(record.value);
  return {
    partition: record.partition,
    offset: record.offset,
    source: headerNumber(record.headers, "source.partition") ?? -1,
    timeMs: eventTimeMs(event?.time),
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
