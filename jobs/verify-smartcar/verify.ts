import { setTimeout } from "node:timers/promises";
import { formatDriverLine, parseDriverLine, parseLogDate, type Reading } from "../core/driver-log";
import type { HBase } from "../core/hbase";
import type { Kafka, KafkaAdmin } from "../core/kafka-api";
import { RULES_KEY } from "../core/over-speed-set";
import { rowKey } from "../core/reading-rows";
import type { Redis } from "../core/redis";
import type { Report } from "../core/report";
import { formatSeoulTime } from "../core/seoul-time";
import type { WebHdfs } from "../core/webhdfs";
import type { Cars } from "./cars";
import type { VerifySmartcarSettings } from "./config";
import { ReadingFindings, reportOf } from "./findings";
import { Judge, notedRules } from "./rule";
import { compareDays, ExpectedSpeeders, neverExpiring } from "./speeders";
import { StatusLines } from "./status-lines";
import { compareSecond } from "./table";
import { notDeadLetters, type Seconds, TopicLog } from "./topic";

/** What a verification needs of the world. */
export interface VerifySmartcarDeps {
  readonly cars: Cars;
  readonly kafka: Pick<Kafka, "readRange">;
  readonly admin: Pick<KafkaAdmin, "partitions" | "ranges">;
  readonly hbase: Pick<HBase, "scan">;
  readonly redis: Pick<Redis, "members" | "hash" | "keys" | "expiresIn">;
  readonly hdfs: Pick<WebHdfs, "list" | "read">;
  /** Told what is being done. */
  readonly say: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Between two looks at what is not there yet. @default 5000 */
  readonly pauseMs?: number;
}

/** Seconds of the driver log in memory at a time. */
const PIECE_SECONDS = 60;
/** The driver log is kept for a while only: what is checked may be forgotten meanwhile. */
const ATTEMPTS = 3;
/** Seconds of HBase asked for at the same time. */
const CONCURRENT = 6;

/**
 * Compares what the cars did, as their simulator tells it, with the topic, HBase, Redis and HDFS: reading by reading, speeding
 * car by speeding car as computed here, and status line by status line. Runs under load.
 */
export async function verifySmartcar(config: VerifySmartcarSettings, deps: VerifySmartcarDeps): Promise<Report> {
  for (let attempt = 1; ; attempt += 1) {
    const { report, within } = await verifyOnce(config, deps);
    const { oldest } = await deps.cars.range();
    if (attempt >= ATTEMPTS || secondOf(oldest) <= within.from) return report;
    deps.say("the cars have forgotten the beginning of what was checked: once more");
  }
}

async function verifyOnce(
  config: VerifySmartcarSettings,
  deps: VerifySmartcarDeps,
): Promise<{ report: Report; within: Seconds }> {
  const { cars, kafka, admin, redis, hdfs, say, now } = deps;
  const { topics, table } = config;
  const begin = now();
  const deadline = performance.now() + config.waitSeconds * 1000;
  const { oldest, newest } = await cars.range();
  const kept = { from: secondOf(oldest), to: secondOf(newest) + 1 };
  const within = oldest === undefined ? { from: 0, to: 0 } : rangeOf(config, kept, begin);
  const notes = oldest === undefined ? ["the cars have not written anything"] : [`readings from ${textOf(within)}`];

  say(`reading ${topics.readings}`);
  const topic = new TopicLog(kafka, admin, topics.readings, within, begin - config.settleSeconds * 1000);
  await topic.readNew();
  say(`reading ${table.name}`);
  const rules = notedRules(await redis.hash(RULES_KEY));
  const judge = new Judge(rules, config.rule);
  for (const epl of judge.foreign) notes.push(`a rule that is not computed here, so nobody is missed by it: ${epl}`);
  const findings = new ReadingFindings();
  const expected = new ExpectedSpeeders();
  // Before the first second that is kept nothing is known, so neither is whether its first window is whole.
  const judgedFrom = kept.from + judge.windowSeconds;
  const forgotten = begin / 1000 - config.keepSeconds;
  const start = Math.max(kept.from, within.from - judge.windowSeconds);
  for (let from = start; from < within.to; from += PIECE_SECONDS) {
    const to = Math.min(within.to, from + PIECE_SECONDS);
    const seconds = bySecond(await cars.lines(from, to));
    await waitForTopic(new Map([...seconds].filter(([second]) => second >= within.from)));
    for (const [second, readings] of seconds) {
      for (const reading of readings) {
        const partition = topic.readings.partitionOf(reading.carNumber);
        const verdict = judge.offer({ car: reading.carNumber, second, speed: Number(reading.speed), partition });
        // What Redis has been told to forget may be there or not.
        if (second >= within.from) expected.note(reading, second < judgedFrom || second < forgotten ? "may" : verdict);
      }
    }
    await compareTable(seconds, { from: Math.max(from, within.from), to });
  }

  const lostPoison = await notDeadLetters(kafka, admin, topics, topic.poison);

  say("reading Redis");
  let days = await compareDays(redis, expected, within);
  while (days.some(({ missing }) => missing.length > 0) && (await mayWait(deadline, deps))) {
    days = await compareDays(redis, expected, within);
  }

  say(`reading ${config.statusLines}`);
  const status = await readStatus();
  const report = reportOf({
    places: { topic: topics.readings, deadLetter: topics.deadLetter, table: table.name },
    readings: findings,
    topic,
    lostPoison: lostPoison.map(({ partition, offset }) => `${partition}/${offset}`),
    days,
    neverExpiring: await neverExpiring(redis),
    status,
    notes,
  });
  return { report, within };

  /** Waits until the topic has a piece of the log. */
  async function waitForTopic(seconds: ReadonlyMap<number, readonly Reading[]>): Promise<void> {
    const lacks = () =>
      [...seconds].some(([second, readings]) =>
        readings.some(
          ({ carNumber }) =>
            topic.readings.has(carNumber, second, "") === undefined && !topic.mayBeRemoved(carNumber, second),
        ),
      );
    while (lacks() && (await mayWait(deadline, deps))) await topic.readNew();
  }

  /** Compares a piece of the log with the topic and the table; rows that are missing are waited for. */
  async function compareTable(seconds: ReadonlyMap<number, readonly Reading[]>, piece: Seconds): Promise<void> {
    for (let from = piece.from; from < piece.to; from += CONCURRENT) {
      const some = Array.from({ length: Math.min(CONCURRENT, piece.to - from) }, (_, index) => from + index);
      await Promise.all(some.map((second) => compareOne(second, seconds.get(second) ?? [])));
    }
  }

  async function compareOne(second: number, readings: readonly Reading[]): Promise<void> {
    findings.readings += readings.length;
    for (const reading of readings) {
      const line = formatDriverLine(reading);
      const same = topic.readings.has(reading.carNumber, second, line);
      if (same === undefined && topic.mayBeRemoved(reading.carNumber, second)) findings.trimmed += 1;
      else if (same === undefined) findings.notInTopic.add(`${reading.carNumber}-${reading.date}`);
      else if (!same) findings.otherInTopic.add(`${reading.carNumber}-${reading.date}`);
    }
    let found = await compareSecond(deps.hbase, table, second, readings);
    while (found.missing.length > 0 && (await mayWait(deadline, deps))) {
      found = await compareSecond(deps.hbase, table, second, readings);
    }
    for (const key of found.missing) findings.notInTable.add(key);
    for (const key of found.foreign) findings.foreignInTable.add(key);
    for (const row of found.other) findings.otherInTable.add(row);
  }

  /** The status files whose lines are all of seconds that are checked, and old enough to be in HDFS. */
  async function readStatus(): Promise<StatusLines> {
    const settled = begin / 1000 - config.statusSettleSeconds;
    const files = (await cars.statusFiles()).filter(
      (file) =>
        (config.from === undefined || file.from >= config.from) && (config.to === undefined || file.to <= config.to),
    );
    const old = files.filter((file) => secondOf(file.to) <= settled);
    if (old.length < files.length) notes.push(`${files.length - old.length} status files are too young to be checked`);
    const lines = new StatusLines(hdfs, config.statusLines, old);
    await lines.readNew();
    while (lines.differences().length > 0 && (await mayWait(deadline, deps))) await lines.readNew();
    return lines;
  }
}

/** What is checked: what was asked for, as far as the cars still have it and it is old enough. */
function rangeOf(config: VerifySmartcarSettings, kept: Seconds, nowMs: number): Seconds {
  const settled = Math.floor(nowMs / 1000) - config.settleSeconds;
  const from = Math.max(kept.from, config.from === undefined ? 0 : secondOf(config.from));
  const to = Math.min(kept.to, settled, config.to === undefined ? Number.POSITIVE_INFINITY : secondOf(config.to));
  return { from, to: Math.max(from, to) };
}

/** Readings of each second, each car's once. */
function bySecond(lines: readonly string[]): Map<number, Reading[]> {
  const seconds = new Map<number, Reading[]>();
  const seen = new Set<string>();
  for (const line of lines) {
    const parsed = parseDriverLine(line);
    if ("reason" in parsed)
      throw new Error(`the cars have written a line that is no reading, ${parsed.reason}: ${line}`);
    const key = rowKey(parsed.reading);
    if (seen.has(key)) continue;
    seen.add(key);
    const second = secondOf(parsed.reading.date);
    const found = seconds.get(second);
    if (found) found.push(parsed.reading);
    else seconds.set(second, [parsed.reading]);
  }
  return seconds;
}

/** Waits for what is not there yet; false when the time is over. */
async function mayWait(deadline: number, { pauseMs = 5_000 }: VerifySmartcarDeps): Promise<boolean> {
  if (performance.now() >= deadline) return false;
  await setTimeout(pauseMs);
  return true;
}

function secondOf(date: string | undefined): number {
  return parseLogDate(date ?? "") ?? 0;
}

function textOf({ from, to }: Seconds): string {
  return `${formatSeoulTime(from)} to before ${formatSeoulTime(to)}`;
}
