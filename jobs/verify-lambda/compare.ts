import type { Report } from "../core/report";
import { formatSeoulTime } from "../core/seoul-time";
import { columnsOf, type Tables } from "./derived";
import { type EventSet, SEEN, type SeenEvent } from "./event-set";
import type { DruidDay } from "./sources";

/** All that was found out about one day, after its events were marked. */
export interface DayFindings {
  readonly day: string;
  /** Names of the topic and the datasources, for people. */
  readonly title: { readonly topic: string; readonly speed: string; readonly batch: string };
  readonly events: EventSet;
  readonly tables: Tables;
  readonly hdfs: { readonly lines: number; readonly inProgress: number; readonly newestMs: number };
  readonly speed: DruidDay;
  readonly batch: DruidDay;
  /** When the batch layer's segments of the day were begun, milliseconds since 1970; undefined when it has none. */
  readonly reindexedMs: number | undefined;
  /** Whether the broker has removed records of the topic. */
  readonly trimmed: boolean;
  /** Until when the batch layer may lack rows, as the reindex that follows the day need not be through; undefined when it must be. */
  readonly dueMs: number | undefined;
}

const PLACES = ["hdfs", "topic", "speed", "batch"] as const;
type Place = (typeof PLACES)[number];
type Counts = Record<Place, number>;
const MOST_NAMED = 5;

/** Compares the layers of one day: distinct events in all, then by user, department and hour. */
export function compareDay(found: DayFindings): Report {
  const { day, title, events, speed, batch } = found;
  const check = (name: string, expected: number, actual: number) => ({ name: `${day} ${name}`, expected, actual });
  const settled = { hdfs: 0, topic: 0, speed: 0, batch: 0 };
  const distinct = { speed: events.count(SEEN.speed), batch: events.count(SEEN.batch) };
  const cells = new Cells(found);
  const missing = new Missing(found);
  for (const event of events) {
    const places = placesOf(event, found);
    if (!places) continue;
    for (const place of PLACES) if (places[place]) settled[place] += 1;
    cells.add(event, places);
    missing.add(event, places);
  }
  const differing = cells.differing();
  const notes = notesOf(found, distinct.speed);
  return {
    checks: [
      check(`${title.topic}: distinct events are in HDFS`, settled.topic, settled.hdfs),
      check(`${title.speed}: distinct events of HDFS`, settled.hdfs, settled.speed),
      check(`${title.batch}: distinct events of HDFS`, settled.hdfs, settled.batch),
      check(`${title.batch}: rows, each event once`, distinct.batch, batch.rows),
      check("users, departments and hours that differ", 0, differing.length),
      check("rows that are not what their id makes them", 0, speed.wrongRows + batch.wrongRows),
    ],
    differences: [...missing.lines(), ...differing, ...speed.wrong, ...batch.wrong],
    notes,
  };
}

/**
 * Where an event counts as seen; undefined for one that came while the check was made. What cannot be asked of a place counts
 * as seen there: of the topic what its retention has removed, of the speed layer what is a dead letter, of the batch layer
 * what is kept aside, and all of a day whose reindex need not have come.
 */
function placesOf({ seen }: SeenEvent, { trimmed, dueMs }: DayFindings): Record<Place, boolean> | undefined {
  const at = (place: number) => (seen & place) !== 0;
  if (at(SEEN.later) && !at(SEEN.topic)) return undefined;
  const hdfs = at(SEEN.hdfs);
  return {
    hdfs,
    topic: at(SEEN.topic) || (trimmed && hdfs),
    speed: at(SEEN.speed) || at(SEEN.dead),
    batch: at(SEEN.batch) || (hdfs && (!at(SEEN.taken) || dueMs !== undefined)),
  };
}

/** Counts by user, by department and by hour. */
class Cells {
  private readonly counts = new Map<string, Counts>();

  constructor(private readonly found: DayFindings) {}

  add({ id, second }: SeenEvent, places: Readonly<Record<Place, boolean>>): void {
    const { user_id, user_name, dept_name } = columnsOf(id, this.found.tables);
    const hour = String(Math.floor(second / 3600)).padStart(2, "0");
    for (const cell of [`user ${user_id} ${user_name}`, `department ${dept_name}`, `hour ${hour}`]) {
      const counts = this.counts.get(cell) ?? { hdfs: 0, topic: 0, speed: 0, batch: 0 };
      for (const place of PLACES) if (places[place]) counts[place] += 1;
      this.counts.set(cell, counts);
    }
  }

  differing(): string[] {
    const { day, title } = this.found;
    return [...this.counts]
      .filter(([, counts]) => PLACES.some((place) => counts[place] !== counts.hdfs))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([cell, { hdfs, topic, speed, batch }]) => {
        const others = `${title.topic} ${topic}, ${title.speed} ${speed}, ${title.batch} ${batch}`;
        return `${day} ${cell}: HDFS ${hdfs}, ${others}`;
      });
  }
}

/** Events that are not where they should be: how many, which for example, and why that may be. */
class Missing {
  private readonly found = new Map<string, { count: number; named: string[] }>();

  constructor(private readonly of: DayFindings) {}

  add(event: SeenEvent, places: Readonly<Record<Place, boolean>>): void {
    const { title } = this.of;
    if (places.topic && !places.hdfs) this.note(`in ${title.topic}, not in HDFS`, event);
    if (places.hdfs && !places.topic) this.note(`in HDFS, not in ${title.topic}`, event);
    if (places.hdfs && !places.speed) this.note(`in HDFS, not in ${title.speed}`, event);
    if (places.speed && !places.hdfs) this.note(`in ${title.speed}, not in HDFS`, event);
    if (places.hdfs && !places.batch) this.note(`in HDFS, not in ${title.batch}`, event);
    if (places.batch && !places.hdfs) this.note(`in ${title.batch}, not in HDFS`, event);
  }

  lines(): string[] {
    const { day, title, hdfs } = this.of;
    return [...this.found].map(([what, { count, named }]) => {
      const more = count > named.length ? ", …" : "";
      let why = "";
      if (what.endsWith("not in HDFS") && hdfs.inProgress > 0)
        why = `; ${hdfs.inProgress} files are still being written`;
      if (what.includes(title.batch)) why = `; ${this.whyBatch()}: run lab reindex ${day}`;
      return `${day}: ${count} events are ${what} (${named.join(", ")}${more})${why}`;
    });
  }

  private whyBatch(): string {
    const { reindexedMs, hdfs } = this.of;
    if (reindexedMs === undefined) return "the day was never reindexed";
    const at = formatSeoulTime(reindexedMs / 1000);
    return hdfs.newestMs > reindexedMs
      ? `files have come since the day was reindexed (${at})`
      : `no file has come since the day was reindexed (${at})`;
  }

  private note(what: string, { id, second }: SeenEvent): void {
    const found = this.found.get(what) ?? { count: 0, named: [] };
    found.count += 1;
    const clock = new Date(second * 1000).toISOString().slice(11, 19);
    if (found.named.length < MOST_NAMED) found.named.push(`id ${id} ${clock}`);
    this.found.set(what, found);
  }
}

/** What is as it should be and yet may surprise. */
function notesOf({ day, title, events, speed, hdfs, trimmed, dueMs }: DayFindings, distinctSpeed: number): string[] {
  const hdfsDistinct = events.count(SEEN.hdfs);
  const dead = events.count(SEEN.dead | SEEN.hdfs);
  const aside = events.count(SEEN.hdfs, SEEN.taken | SEEN.batch);
  const late = events.count(SEEN.later, SEEN.topic);
  const behind = events.count(SEEN.hdfs | SEEN.taken, SEEN.batch);
  return [
    ...(speed.rows > distinctSpeed
      ? [`${title.speed} has ${speed.rows - distinctSpeed} duplicates: it holds what was sent, as often as it was sent`]
      : []),
    ...(hdfs.lines > hdfsDistinct
      ? [`HDFS has ${hdfs.lines - hdfsDistinct} duplicates, which the reindex removes`]
      : []),
    ...(trimmed ? [`retention has removed records of ${title.topic}: what it still has is compared`] : []),
    ...(dead > 0 ? [`${dead} events are too large for ${title.speed}, and dead letters`] : []),
    ...(aside > 0
      ? [`${aside} events are too large or too deep for ${title.batch} or hold U+FFFD, and kept aside`]
      : []),
    ...(late > 0 ? [`${late} events came while this was checked, and are left out`] : []),
    ...(dueMs !== undefined && behind > 0
      ? [`${behind} events are not in ${title.batch} before the day is reindexed, by ${formatSeoulTime(dueMs / 1000)}`]
      : []),
  ].map((note) => `${day}: ${note}`);
}
