import type { Check, Report } from "../core/report";
import type { DayFindings } from "./speeders";
import type { StatusLines } from "./status-lines";
import type { TopicLog } from "./topic";

/** Names of the places, for people. */
export interface Places {
  readonly topic: string;
  readonly deadLetter: string;
  readonly table: string;
}

/** What became of the readings of the driver log. */
export class ReadingFindings {
  readings = 0;
  readonly notInTopic = new Named();
  readonly otherInTopic = new Named();
  readonly notInTable = new Named();
  readonly otherInTable = new Named();
  readonly foreignInTable = new Named();
  /** Readings that are not in the topic because retention may have removed them. */
  trimmed = 0;
}

/** How many there were, and the first of them. */
export class Named {
  count = 0;
  readonly first: string[] = [];

  add(name: string): void {
    this.count += 1;
    if (this.first.length < MOST_NAMED) this.first.push(name);
  }

  lines(what: string): string[] {
    const more = this.count - this.first.length;
    return [...this.first.map((name) => `${what}: ${name}`), ...(more > 0 ? [`${what}: ${more} more`] : [])];
  }
}

const MOST_NAMED = 1000;

/** All that was found out. */
export interface Findings {
  readonly places: Places;
  readonly readings: ReadingFindings;
  readonly topic: TopicLog;
  /** Poison of the topic that is no dead letter, `partition/offset`. */
  readonly lostPoison: readonly string[];
  readonly days: readonly DayFindings[];
  readonly neverExpiring: readonly string[];
  readonly status: StatusLines;
  readonly notes: readonly string[];
}

/** Findings as a report. */
export function reportOf(found: Findings): Report {
  const { places, readings, topic, lostPoison, days, neverExpiring, status } = found;
  const { readings: all, trimmed } = readings;
  const check = (name: string, expected: number, actual: number): Check => ({ name, expected, actual });
  const none = (name: string, actual: number): Check => check(name, 0, actual);
  const inLog = all - trimmed;
  const kept = inLog - readings.notInTopic.count;
  const { files, whole } = status.counts;
  const lines = status.lines;
  return {
    checks: [
      check(`${places.topic}: readings of the driver log`, inLog, kept),
      none(`${places.topic}: readings that are not in the driver log`, Math.max(0, topic.readings.distinct - kept)),
      none(`${places.topic}: readings that differ`, readings.otherInTopic.count + topic.readings.wrong.size),
      check(`${places.deadLetter}: what is no reading`, topic.poison.length, topic.poison.length - lostPoison.length),
      check(`${places.table}: rows, one for each reading`, all, all - readings.notInTable.count),
      none(`${places.table}: rows of no reading`, readings.foreignInTable.count),
      none(`${places.table}: rows with another value or time`, readings.otherInTable.count),
      ...days.flatMap(({ day, expected, found: there, foreign }) => [
        check(`Redis ${day}: readings at which a car was speeding`, expected, there),
        none(`Redis ${day}: other members`, foreign.length),
      ]),
      check("HDFS: status lines without garbage", lines.expected, lines.found),
      check("HDFS: status files, line for line", files, whole),
      none("HDFS: lines that should not be there", status.wrongLines),
    ],
    differences: [
      ...readings.notInTopic.lines(`not in ${places.topic}`),
      ...readings.otherInTopic.lines(`differs in ${places.topic}`),
      ...[...topic.readings.wrong].map((what) => `${places.topic}: ${what}`),
      ...lostPoison.map(
        (at) => `${places.topic} ${at}: holds no reading that counts, and is not in ${places.deadLetter}`,
      ),
      ...readings.notInTable.lines(`not in ${places.table}`),
      ...readings.foreignInTable.lines(`${places.table}, of no reading`),
      ...readings.otherInTable.lines(`differs in ${places.table}`),
      ...days.flatMap(({ day, missing, foreign }) => [
        ...missing.map((member) => `Redis ${day}: ${member} is missing`),
        ...foreign.map((member) => `Redis ${day}: ${member} should not be there`),
      ]),
      ...neverExpiring.map((day) => `Redis ${day}: never expires`),
      ...status.differences(),
      ...status.wrong,
    ],
    notes: notesOf(found),
  };
}

/** What is as it should be and yet may surprise. */
function notesOf({ places, readings, topic, status, notes }: Findings): string[] {
  const { repeats } = topic.readings;
  const again = status.lines.repeats;
  return [
    ...notes,
    ...(repeats > 0 ? [`${places.topic} has ${repeats} readings again, which nobody counts twice`] : []),
    ...(readings.trimmed > 0
      ? [`retention has removed records of ${places.topic}: ${readings.trimmed} readings are not asked of it`]
      : []),
    ...(again > 0 ? [`HDFS has ${again} status lines again: a collector that was killed may send a batch twice`] : []),
    ...(status.inProgress > 0 ? [`HDFS: ${status.inProgress} files are still being written`] : []),
  ];
}
