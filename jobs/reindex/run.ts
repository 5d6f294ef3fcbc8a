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
import { type DoneTask, StillRunning, type TaskDeps, tasksWith } from "./run-task";
import { EVENT_COLUMNS, eventsSql, FINDING_COLUMNS, findingsSql, type Statement } from "./sql";
import { fingerprintOf } from "./task";
import { type DayPlan, type DoneDay, type DonePair, replaceDay, successors } from "./turns";

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
      if (deps.stop.aborted || days.length === 1 || error instanceof StillRunning) throw error;
      deps.say(`${day}: ${messageOf(error)}`); // the other days can be reindexed all the same
      code = 1;
    }
  }
  return code;
}

/** What is planned for a day, from the files there are. */
interface ListedPlan extends DayPlan {
  /** Files of the day's directory that are not finished. */
  readonly unfinished: number;
}

/** Another run has begun to replace the day: what queries see of it is not what this run has written. */
class Displaced extends Error {
  override readonly name = "Displaced";
}

/** Reindexes one day. @returns what does not add up */
async function reindexDay(config: ReindexSettings, day: string, deps: ReindexDeps): Promise<string[]> {
  const begin = performance.now();
  const makePlan = planner(config, day, deps);
  const seen = new Map<string, DoneTask>();
  const { findings, taskSeconds } = config;
  let former: DonePair | undefined;
  for (;;) {
    const done = await replaceDay(makePlan, { day, findings, taskSeconds, seen, former }, deps);
    try {
      return await accountFor(config, day, done, begin, deps);
    } catch (error) {
      if (!(error instanceof Displaced)) throw error;
      deps.say(`${day}: ${error.message}`);
      former = done;
    }
  }
}

/**
 * Adds up a day that is replaced, and keeps its malformed lines aside.
 * @returns what does not add up
 * @throws Displaced when another run replaces the day meanwhile: then any of the numbers may be that run's, and so may
 *   the lines kept aside, which are written again once that run is done
 */
async function accountFor(
  config: ReindexSettings,
  day: string,
  done: DoneDay<ListedPlan>,
  begin: number,
  deps: ReindexDeps,
): Promise<string[]> {
  const { hdfs, druid, say, pollMs } = deps;
  const { counting, writing, plan } = done;
  const undisturbed = async () => {
    const { all } = await tasksWith(writing.id, deps);
    const [next] = successors(all, done);
    if (next) throw new Displaced(`another run replaces the day by task ${next.id}: its result is this run's as well`);
  };
  const wait = { seconds: config.loadSeconds, undisturbed, ...(pollMs === undefined ? {} : { pollMs }) };
  await untilLoaded(druid, config.findings, day, counting, wait);
  const queryable = await untilLoaded(druid, config.datasource, day, writing, wait);
  const aside = await keepAside(config.druid, config.findings, hdfs, config.malformed, day, randomUUID());
  const found = await readFindings(druid, config.findings, day);
  await undisturbed(); // a task that had replaced the day before it was read would be listed by now
  const counts = { day, found, counted: counting.counts, written: writing.counts, queryable };
  say(summary(counts, (performance.now() - begin) / 1000));
  if (aside > 0) say(`${day}: ${aside} malformed lines are in ${config.malformed}/dt=${day}`);
  const { unfinished } = plan;
  const missing = `${unfinished} files of dt=${day} are still being written: when they are finished, run it again`;
  return [...discrepancies(counts), ...(unfinished > 0 ? [missing] : [])];
}

/**
 * Plans a day from the files there are at each call. All calls together wait `settleSeconds` at most for files that are
 * still being written: a file that is never finished would hold up each of them.
 */
function planner(config: ReindexSettings, day: string, deps: ReindexDeps): () => Promise<ListedPlan> {
  let leftMs = config.settleSeconds * 1000;
  let said = "";
  return async () => {
    const begin = performance.now();
    const directories = await settledFiles(config.events, day, leftMs, deps);
    leftMs -= performance.now() - begin;
    const files = directories.flatMap((directory) => directory.files);
    const bytes = files.reduce((total, { length }) => total + length, 0);
    const line = `${day}: ${files.length} files of ${directories.length} directories, ${(bytes / 1e6).toFixed(1)} MB`;
    if (line !== said) deps.say(line);
    said = line;
    return { ...plan(config, day, directories), unfinished: unfinishedFiles(directories, day, deps) };
  };
}

/** The day's files, once the collector has finished them, or has had its time. */
async function settledFiles(
  events: string,
  day: string,
  settleMs: number,
  deps: ReindexDeps,
): Promise<readonly DayDirectory[]> {
  const deadline = performance.now() + settleMs;
  for (let said = false; ; said = true) {
    const directories = await dayFiles(deps.hdfs, events, day);
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
export function plan(config: ReindexSettings, day: string, directories: readonly DayDirectory[]): DayPlan {
  const { rowsPerSegment } = config;
  // No line can hold a word that is made up after it was written.
  const statement: Statement = { day, directories, nonce: randomUUID() };
  const input = directories.flatMap(({ files }) =>
    files.map(({ path, length, modifiedMs }) => [path, length, modifiedMs]),
  );
  const findings = findingsSql(config.findings, statement, config.events);
  const events = eventsSql(config.datasource, statement, config);
  const made = [findings, events].map((sql) => sql.replaceAll(statement.nonce, ""));
  const fingerprint = fingerprintOf([made, input]);
  const workers = Math.max(config.workers, Math.ceil(input.length / FILES_A_WORKER));
  const both = { day, fingerprint, workers, rowsPerSegment };
  return {
    // The findings are run first: what cannot be read fails before anything is replaced.
    findings: { ...both, datasource: config.findings, columns: FINDING_COLUMNS, sql: findings },
    events: { ...both, datasource: config.datasource, columns: EVENT_COLUMNS, sql: events },
  };
}
