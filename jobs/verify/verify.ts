import { aggregateNames, readPositions } from "../core/aggregate-tables";
import { derived, ExpectedRows, type StageEntry } from "../core/expected-rows";
import { filledBy, type HeldTable, readTable, recoveredFrom } from "../core/held-table";
import type { Kafka, KafkaAdmin, OffsetRange } from "../core/kafka-api";
import type { Mysql } from "../core/mysql";
import { nothingBetween, rangesOf, workedOff } from "../core/ranges";
import { wallTimeMs, wallTimeText } from "../core/raw-event";
import type { Check, Report } from "../core/report";
import { until } from "../core/until";
import type { VerifySettings } from "./config";
import { Topics } from "./topics";

/** What the check needs of the world. */
export interface VerifyDeps {
  readonly kafka: Pick<Kafka, "readRange">;
  readonly admin: Pick<KafkaAdmin, "partitions" | "ranges" | "committed">;
  readonly mysql: Mysql;
  /** Told what is being done. */
  readonly say: (line: string) => void;
}

type TableConfig = VerifySettings["tables"][number];

/** A table, what it holds, and what it must hold. */
interface TableCheck {
  readonly config: TableConfig;
  readonly held: HeldTable;
  readonly expected: ExpectedRows;
  /** Windows that start before this may lack records that retention has removed. */
  completeFromMs: number;
}

/**
 * Reconciles everything with `events`: each event is once in the stage topic or a dead letter, with the right content; each
 * table is exactly what the rule makes of the stage topic up to the offset the table says it has counted. All offsets are
 * frozen, so it may run under load.
 */
export async function verifyKappa(config: VerifySettings, deps: VerifyDeps): Promise<Report> {
  const { kafka, admin, mysql, say } = deps;
  const { input, output, deadLetter } = config.topics;
  const from = config.from === undefined ? Number.NEGATIVE_INFINITY : wallTimeMs(config.from);
  const to = config.to === undefined ? Number.POSITIVE_INFINITY : wallTimeMs(config.to);
  const everything = config.from === undefined && config.to === undefined;
  const inRange = (ms: number) => (Number.isNaN(ms) ? everything : ms >= from && ms < to);
  const notes: string[] = [];

  const events = await rangesOf(admin, input);
  say("waiting until enrich has worked off what is in the topic");
  await until(config.waitSeconds, `enrich has not worked off ${input}`, () =>
    workedOff({ kafka, admin }, config.enrichGroupId, input, events),
  );
  const stages = await rangesOf(admin, output);
  const tables: TableConfig[] = [];
  const starts = new Map<string, Map<number, number>>();
  for (const table of config.tables) {
    if (table.table.endsWith("_v2")) {
      const recovered = await recoveredFrom(mysql, config.mysql.database, table.table);
      if (!recovered) notes.push(`${table.table}: no recovery has filled it yet`);
      else starts.set(table.table, recovered);
      if (!recovered) continue;
    }
    tables.push(table);
  }
  say("waiting until the tables have counted what is in the topic");
  const checks: TableCheck[] = [];
  for (const table of tables) {
    if (starts.has(table.table)) {
      // Nobody waits for a recovery: it may be stopped. What it has counted must be right all the same.
      const behind = await behindOf(table.table, stages, deps, config);
      if (behind > 0)
        notes.push(`${table.table}: compared as far as the recovery has counted, ${behind} offsets behind`);
    } else {
      const { sizeSeconds, watermarkSeconds, maxAheadSeconds } = config.window;
      const rule = `windows of ${sizeSeconds} s, a watermark of ${watermarkSeconds} s and at most ${maxAheadSeconds} s ahead`;
      await until(config.waitSeconds, `${table.table} is not filled by the stack's rule (${rule})`, () =>
        filledBy(mysql, config.mysql.database, table.table, config.window),
      );
      await until(
        config.waitSeconds,
        `${table.table} has not counted all of ${output}`,
        async () => (await behindOf(table.table, stages, deps, config)) === 0,
      );
    }
    const held = await readTable(mysql, config.mysql.database, table.table, table.column);
    const expected = new ExpectedRows(held.runs, held.positions);
    checks.push({ config: table, held, expected, completeFromMs: Number.NEGATIVE_INFINITY });
  }

  say("reading the topics");
  const names = new Map(config.names.map(({ uid, name }) => [uid, name]));
  const depts = new Map(config.depts.map(({ did, name }) => [did, name]));
  const topics = new Topics(kafka, config.topics, names, depts);
  // Anew: the tables may have counted events that came after the ends frozen above.
  await topics.readEvents(await rangesOf(admin, input));
  // To the tables' positions, which may be further than the ends frozen above.
  const ends = stages.map((range): OffsetRange => {
    const furthest = Math.max(range.end, ...checks.map(({ held }) => held.positions.get(range.partition) ?? 0));
    return { ...range, end: furthest };
  });
  const cut = new RetentionCut(stages);
  await topics.readStages(ends, (entry, id) => {
    cut.see(entry);
    const columns = derived(id, names, depts);
    for (const check of checks) check.expected.add({ ...entry, key: String(columns[check.config.by]) });
  });
  await topics.readDeadLetters(await rangesOf(admin, deadLetter));
  for (const check of checks) {
    const spans = check.held.runs.map((run) => run.windowSeconds + run.watermarkSeconds);
    const recovered = [...(starts.get(check.config.table) ?? [])].some(([, offset]) => offset > 0);
    check.completeFromMs = cut.completeFrom(Math.max(0, ...spans) * 1000, recovered);
    if (Number.isFinite(check.completeFromMs)) {
      notes.push(
        `${check.config.table}: retention has removed records; windows from ${wallTimeText(check.completeFromMs)} on are compared`,
      );
    }
  }

  const found = topics.compare(inRange, new Map(events.map(({ partition, end }) => [partition, end])));
  const shown: Check[] = [
    {
      name: `${input}: records = ${output} + dead letters`,
      expected: found.events,
      actual: found.staged + found.deadLettered,
    },
    { name: `${input}: distinct ids, likewise`, expected: found.distinctIds, actual: found.distinctIdsFound },
    { name: `${output}, ${deadLetter}: each event once, content right`, expected: 0, actual: found.problems.length },
  ];
  const differences = [...found.problems];
  if (found.foreign > 0) {
    shown.push({ name: `${output}: records not made by enrich`, expected: 0, actual: found.foreign });
    differences.push(`${output}: ${found.foreign} records do not say which event they were made from`);
  }
  for (const check of checks) compareTable(check, from, to, shown, differences);
  return { checks: shown, differences, notes };
}

/** Offsets of the stage topic that a table has not counted yet; control records behind the last record do not count. */
async function behindOf(
  table: string,
  stages: readonly OffsetRange[],
  { kafka, mysql }: VerifyDeps,
  { mysql: { database }, topics }: VerifySettings,
): Promise<number> {
  const positions = await readPositions(mysql, aggregateNames(database, table));
  let behind = 0;
  for (const { partition, first, end } of stages) {
    const position = Math.max(first, positions.get(partition)?.position ?? 0);
    if (!(await nothingBetween(kafka, topics.output, partition, position, end))) behind += end - position;
  }
  return behind;
}

/** Adds a table's lines to the report. */
function compareTable(check: TableCheck, from: number, to: number, shown: Check[], differences: string[]): void {
  const { config, held, expected } = check;
  const least = Math.max(from, check.completeFromMs);
  const within = (row: { start: number; end: number }) => row.start >= least && row.end <= to;
  const sums = { counted: [0, 0], late: [0, 0], rows: [0, 0], differing: 0 };
  for (const id of new Set([...expected.rows.keys(), ...held.rows.keys()])) {
    const want = expected.rows.get(id);
    const have = held.rows.get(id);
    const row = want ?? have;
    if (!row || !within(row)) continue;
    const pairs = [[want?.count ?? 0, have?.count ?? 0] as const, [want?.late ?? 0, have?.late ?? 0] as const];
    for (const [index, sum] of [sums.counted, sums.late].entries()) {
      sum[0] = (sum[0] ?? 0) + (pairs[index]?.[0] ?? 0);
      sum[1] = (sum[1] ?? 0) + (pairs[index]?.[1] ?? 0);
    }
    if (pairs.every(([wanted, actual]) => wanted === actual)) continue;
    sums.differing += 1;
    const [count, late] = pairs;
    differences.push(
      `${config.table} ${wallTimeText(row.start)} … ${wallTimeText(row.end)} ${row.key}: count ${count?.[1]}, expected ${count?.[0]}; late ${late?.[1]}, expected ${late?.[0]}`,
    );
  }
  shown.push(
    { name: `${config.table}: sum of counts`, expected: sums.counted[0] ?? 0, actual: sums.counted[1] ?? 0 },
    { name: `${config.table}: late records`, expected: sums.late[0] ?? 0, actual: sums.late[1] ?? 0 },
    { name: `${config.table}: differing rows`, expected: 0, actual: sums.differing },
  );
  if (Number.isFinite(least) || Number.isFinite(to)) return;
  const total = (map: ReadonlyMap<number, number>) => [...map.values()].reduce((sum, count) => sum + count, 0);
  shown.push({ name: `${config.table}: set aside`, expected: total(expected.rejected), actual: total(held.rejected) });
}

/** Finds out which windows are whole although the first records of the log are gone. */
class RetentionCut {
  private readonly trimmed: ReadonlySet<number>;
  private readonly first = new Map<number, number>();

  constructor(ranges: readonly OffsetRange[]) {
    this.trimmed = new Set(ranges.filter(({ first }) => first > 0).map(({ partition }) => partition));
  }

  see({ partition, source, timeMs }: StageEntry): void {
    if (!this.trimmed.has(partition) || Number.isNaN(timeMs)) return;
    const id = partition * 1_000_000 + source;
    if (!this.first.has(id)) this.first.set(id, timeMs);
  }

  /** Windows that start here or later are whole; minus infinity when nothing was removed. */
  completeFrom(spanMs: number, recoveredFromMiddle: boolean): number {
    if (this.trimmed.size === 0 && !recoveredFromMiddle) return Number.NEGATIVE_INFINITY;
    return Math.max(Number.NEGATIVE_INFINITY, ...this.first.values()) + spanMs;
  }
}
