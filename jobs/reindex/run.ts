import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { type DayDirectory, dayFiles } from "../core/day-files";
import { messageOf } from "../core/log";
import { dayAfter, daysOf, seoulDay } from "../core/seoul-day";
import type { WebHdfs } from "../core/webhdfs";
import type { ReindexSettings } from "./config";
import { readFindings } from "./findings";
import { untilLoaded } from "./loaded";
import { keepAside } from "./malformed";
import { discrepancies, summary } from "./reconcile";
import { runTask, type TaskDeps } from "./run-task";
import { EVENT_COLUMNS, eventsSql, FINDING_COLUMNS, findingsSql, type Statement } from "./sql";
import { fingerprintOf, type Ingestion } from "./task";

/** What the job needs of the world. */
export interface ReindexDeps extends TaskDeps {
  readonly hdfs: WebHdfs;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Druid refuses to read more in one task. */
const FILES_A_WORKER = 10_000;

/** Reindexes the days asked for, one after the other. @returns the exit code: 1 when a day does not add up */
export async function runReindex(config: ReindexSettings, deps: ReindexDeps): Promise<number> {
  const first = config.day === "yesterday" ? dayAfter(seoulDay(deps.now()), -1) : config.day;
  let code = 0;
  const days = daysOf(first, config.to ?? first);
  for (const day of days) {
    try {
      const wrong = await reindexDay(config, day, deps);
      for (const line of wrong) deps.say(`${day}: does not add up: ${line}`);
      if (wrong.length > 0) code = 1;
    } catch (error) {
      if (deps.stop.aborted || days.length === 1) throw error;
      deps.say(`${day}: ${messageOf(error)}`); // the other days can be reindexed all the same
      code = 1;
    }
  }
  return code;
}

/** Reindexes one day. @returns what does not add up */
async function reindexDay(config: ReindexSettings, day: string, deps: ReindexDeps): Promise<string[]> {
  const { hdfs, druid, say } = deps;
  const begin = performance.now();
  const directories = await settledFiles(config, day, deps);
  const unfinished = unfinishedFiles(directories, day, deps);
  const files = directories.flatMap((directory) => directory.files);
  const bytes = files.reduce((total, { length }) => total + length, 0);
  say(`${day}: ${files.length} files of ${directories.length} directories, ${(bytes / 1e6).toFixed(1)} MB`);
  const ingestions = plan(config, day, directories);

  // The findings first: what cannot be read fails before anything is replaced.
  const counting = await runTask(ingestions.findings, config.taskSeconds, deps);
  const writing = await runTask(ingestions.events, config.taskSeconds, deps);
  const wait = { seconds: config.loadSeconds, ...(deps.pollMs === undefined ? {} : { pollMs: deps.pollMs }) };
  await untilLoaded(druid, config.findings, day, counting, wait);
  const queryable = await untilLoaded(druid, config.datasource, day, writing, wait);
  const aside = await keepAside(config.druid, config.findings, hdfs, config.malformed, day, randomUUID());

  const found = await readFindings(druid, config.findings, day);
  const counts = { day, found, counted: counting.counts, written: writing.counts, queryable };
  say(summary(counts, (performance.now() - begin) / 1000));
  if (aside > 0) say(`${day}: ${aside} malformed lines are in ${config.malformed}/dt=${day}`);
  const missing = `${unfinished} files of dt=${day} are still being written: when they are finished, run it again`;
  return [...discrepancies(counts), ...(unfinished > 0 ? [missing] : [])];
}

/** The day's files, once the collector has finished them, or has had its time. */
async function settledFiles(config: ReindexSettings, day: string, deps: ReindexDeps): Promise<readonly DayDirectory[]> {
  const deadline = performance.now() + config.settleSeconds * 1000;
  for (let said = false; ; said = true) {
    const directories = await dayFiles(deps.hdfs, config.events, day);
    if (unfinishedFiles(directories, day, deps) === 0 || performance.now() >= deadline) return directories;
    if (!said) deps.say(`${day}: waiting for files that are still being written`);
    await setTimeout(deps.pollMs ?? 1_000, undefined, { signal: deps.stop });
  }
}

/** Files of a day that is over which readers cannot see yet; a day that is not over has some all the time. */
function unfinishedFiles(directories: readonly DayDirectory[], day: string, { now }: ReindexDeps): number {
  if (day >= seoulDay(now())) return 0;
  return directories.find((directory) => directory.day === day)?.inProgress ?? 0;
}

/** The day's two statements. */
export function plan(
  config: ReindexSettings,
  day: string,
  directories: readonly DayDirectory[],
): { findings: Ingestion; events: Ingestion } {
  const { rowsPerSegment } = config;
  // No line can hold a word that is made up after it was written.
  const statement: Statement = { day, directories, nonce: randomUUID() };
  const input = directories.flatMap(({ files }) =>
    files.map(({ path, length, modifiedMs }) => [path, length, modifiedMs]),
  );
  const workers = Math.max(config.workers, Math.ceil(input.length / FILES_A_WORKER));
  const ingestion = (datasource: string, columns: Ingestion["columns"], sql: string): Ingestion => ({
    day,
    datasource,
    columns,
    sql,
    fingerprint: fingerprintOf([sql.replaceAll(statement.nonce, ""), input]),
    workers,
    rowsPerSegment,
  });
  return {
    findings: ingestion(config.findings, FINDING_COLUMNS, findingsSql(config.findings, statement, config.events)),
    events: ingestion(config.datasource, EVENT_COLUMNS, eventsSql(config.datasource, statement, config)),
  };
}
