import { setTimeout } from "node:timers/promises";
import { daysIn } from "../core/day-files";
import type { Druid } from "../core/druid";
import { sqlOrNothing, varchar } from "../core/druid-rows";
import type { Kafka, KafkaAdmin, OffsetRange } from "../core/kafka-api";
import type { Report } from "../core/report";
import { canBeReindexed, dayAfter, FIRST_DAY, instantsOf, LAST_DAY, startOfDay } from "../core/seoul-day";
import type { WebHdfs } from "../core/webhdfs";
import { compareDay, type DayFindings } from "./compare";
import type { VerifyLambdaSettings } from "./config";
import { EventSet, SEEN } from "./event-set";
import { DayReader } from "./read";
import { type DruidDay, HdfsDay, readDruid, readTooLarge, readTopic } from "./sources";

/** What a verification needs of the world. */
export interface VerifyLambdaDeps {
  readonly kafka: Pick<Kafka, "readRange">;
  readonly admin: Pick<KafkaAdmin, "partitions" | "ranges">;
  readonly hdfs: Pick<WebHdfs, "list" | "read">;
  readonly druid: Pick<Druid, "sql">;
  /** Told what is being done. */
  readonly say: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Between two looks at what is not there yet. @default 5000 */
  readonly pauseMs?: number;
}

/**
 * Compares, event by event, what HDFS, the topic, the speed layer and the batch layer hold of each day. HDFS is read here,
 * with enrich's rules and nothing of Druid's. Runs under load: what comes while it reads is left out.
 */
export async function verifyLambda(config: VerifyLambdaSettings, deps: VerifyLambdaDeps): Promise<Report> {
  const all = config.day === undefined ? await allDays(config, deps) : [config.day];
  const days = all.filter(canBeReindexed);
  const reports: Report[] = [];
  for (const day of days) reports.push(compareDay(await readDay(config, day, deps)));
  return {
    checks: reports.flatMap(({ checks }) => checks),
    differences: reports.flatMap(({ differences }) => differences),
    notes: [
      ...reports.flatMap(({ notes }) => notes),
      ...all
        .filter((day) => !canBeReindexed(day))
        .map((day) => `${day}: no day from ${FIRST_DAY} to ${LAST_DAY}, which could be reindexed`),
    ],
  };
}

/** Every day that HDFS has a directory of, or Druid rows. */
async function allDays(
  { events, datasources }: VerifyLambdaSettings,
  { hdfs, druid }: VerifyLambdaDeps,
): Promise<string[]> {
  const days = new Set(await daysIn(hdfs, events));
  for (const datasource of Object.values(datasources)) {
    const rows = await sqlOrNothing<{ day: string }>(
      druid,
      datasource,
      `SELECT DISTINCT TIME_FORMAT("__time", 'yyyy-MM-dd', '+09:00') AS "day" FROM "${datasource}"`,
      [],
    );
    for (const { day } of rows) days.add(day);
  }
  return [...days].sort();
}

async function readDay(config: VerifyLambdaSettings, day: string, deps: VerifyLambdaDeps): Promise<DayFindings> {
  const { kafka, admin, hdfs, druid, say, now } = deps;
  const { topics, datasources } = config;
  const reader = new DayReader(day);
  const events = new EventSet();
  const tables = {
    names: new Map(config.names.map(({ uid, name }) => [uid, name])),
    depts: new Map(config.depts.map(({ did, name }) => [did, name])),
  };
  const deadline = performance.now() + config.waitSeconds * 1000;

  say(`${day}: reading ${topics.input}`);
  const begin = await rangesOf(admin, topics.input);
  await readTopic(kafka, topics.input, begin, reader, events, SEEN.topic);

  say(`${day}: reading HDFS`);
  const files = new HdfsDay(hdfs, config.events, day);
  await retried(deadline, deps, async () => {
    await files.readNew(reader, events);
    return events.count(SEEN.topic, SEEN.hdfs) === 0;
  });

  say(`${day}: reading ${datasources.speed} and ${datasources.batch}`);
  let speed: DruidDay = { rows: 0, wrongRows: 0, wrong: [] };
  await retried(deadline, deps, async () => {
    events.unmark(SEEN.speed);
    speed = await readDruid(config.druid, datasources.speed, day, tables, events, SEEN.speed);
    const ranges = {
      input: await rangesOf(admin, topics.input),
      deadLetter: await rangesOf(admin, topics.deadLetter),
    };
    await readTooLarge(kafka, topics, ranges, reader, events);
    return events.count(SEEN.topic, SEEN.speed | SEEN.dead) === 0;
  });
  // Asked before the rows: a reindex that comes meanwhile then is one that need not have come.
  const reindexed = await reindexedMs(druid, datasources.batch, day);
  const batch = await readDruid(config.druid, datasources.batch, day, tables, events, SEEN.batch);

  const end = await rangesOf(admin, topics.input);
  await readTopic(kafka, topics.input, behind(begin, end), reader, events, SEEN.later);
  return {
    day,
    title: { topic: topics.input, ...datasources },
    events,
    tables,
    hdfs: files,
    speed,
    batch,
    reindexedMs: reindexed,
    trimmed: end.some(({ first }) => first > 0),
    dueMs: dueOf(day, config.reindexHours, reindexed, now()),
  };
}

/** Until when the reindex that follows a day may take; undefined when it has come, or should have. */
function dueOf(day: string, hours: number, reindexed: number | undefined, now: number): number | undefined {
  const end = startOfDay(dayAfter(day, 1));
  const due = end + hours * 3_600_000;
  return now >= due || (reindexed ?? 0) >= end ? undefined : due;
}

/** What was appended between two looks at a topic. */
function behind(begin: readonly OffsetRange[], end: readonly OffsetRange[]): OffsetRange[] {
  return end.map((range) => {
    const before = begin.find(({ partition }) => partition === range.partition);
    return { ...range, first: Math.max(range.first, before?.end ?? range.first) };
  });
}

/** When the newest segments of a day were begun: their version says it. */
async function reindexedMs(druid: Pick<Druid, "sql">, datasource: string, day: string): Promise<number | undefined> {
  const { from, to } = instantsOf(day);
  const [row] = await druid.sql<{ version: string | null }>(
    // Sorted, because Druid's own tables know no MAX of a text.
    `SELECT "version" FROM sys.segments
     WHERE datasource = ? AND "start" < ? AND "end" > ? AND is_active = 1 ORDER BY "version" DESC LIMIT 1`,
    [datasource, to, from].map(varchar),
  );
  const ms = Date.parse(row?.version ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

/** Ranges of a topic; none when it does not exist. */
async function rangesOf(admin: Pick<KafkaAdmin, "partitions" | "ranges">, topic: string): Promise<OffsetRange[]> {
  return (await admin.partitions(topic)) === undefined ? [] : admin.ranges(topic);
}

/** Tries until all is there, or the time is over. */
async function retried(
  deadline: number,
  { pauseMs = 5_000 }: VerifyLambdaDeps,
  attempt: () => Promise<boolean>,
): Promise<void> {
  while (!(await attempt()) && performance.now() < deadline) await setTimeout(pauseMs);
}
