import { dayFiles } from "../core/day-files";
import type { DruidConfig } from "../core/druid";
import { scanRows } from "../core/druid-scan";
import type { Kafka, OffsetRange } from "../core/kafka-api";
import { linesOf } from "../core/lines";
import { headerNumber, headerText } from "../core/record";
import { intervalOf, startOfDay } from "../core/seoul-day";
import type { WebHdfs } from "../core/webhdfs";
import { isKeptAside } from "./aside";
import { columnsOf, type Tables } from "./derived";
import { type EventSet, SEEN } from "./event-set";
import type { DayReader } from "./read";

/** A whole day of wrong rows must not fill the memory. */
const SHOWN_WRONG = 1000;

/** Marks the day's events of a topic. */
export async function readTopic(
  kafka: Pick<Kafka, "readRange">,
  topic: string,
  ranges: readonly OffsetRange[],
  reader: DayReader,
  events: EventSet,
  place: number,
): Promise<void> {
  for (const { partition, first, end } of ranges) {
    for await (const records of kafka.readRange(topic, partition, first, end)) {
      for (const { value } of records) {
        const event = reader.event(value);
        if (event) events.mark(event.id, event.second, place);
      }
    }
  }
}

/**
 * Marks the events that are dead letters all the same. All other dead letters hold no event; those that were too large for
 * the topic of enriched events are cut, so they are read from where they came from.
 */
export async function readTooLarge(
  kafka: Pick<Kafka, "readRange">,
  topics: { readonly input: string; readonly deadLetter: string },
  ranges: { readonly input: readonly OffsetRange[]; readonly deadLetter: readonly OffsetRange[] },
  reader: DayReader,
  events: EventSet,
): Promise<void> {
  for (const { partition, first, end } of ranges.deadLetter) {
    for await (const records of kafka.readRange(topics.deadLetter, partition, first, end)) {
      for (const { headers } of records) {
        if (headerText(headers, "reason") !== "too-large" || headerText(headers, "source.topic") !== topics.input)
          continue;
        const source = headerNumber(headers, "source.partition");
        const offset = headerNumber(headers, "source.offset");
        if (source === undefined || offset === undefined) continue;
        const kept = ranges.input.find((range) => range.partition === source);
        if (!kept || offset < kept.first) continue; // retention has removed it
        const origin = { partition: source, first: offset, end: offset + 1 };
        await readTopic(kafka, topics.input, [origin], reader, events, SEEN.dead);
      }
    }
  }
}

/** What the files of a day hold, as far as they were read. */
export class HdfsDay {
  /** Lines that are events of the day, duplicates among them. */
  lines = 0;
  /** Files that are still being written. */
  inProgress = 0;
  /** When the newest file was finished; milliseconds since 1970, 0 without any. */
  newestMs = 0;
  private readonly read = new Set<string>();

  constructor(
    private readonly hdfs: Pick<WebHdfs, "list" | "read">,
    private readonly root: string,
    private readonly day: string,
  ) {}

  /** Marks the events of the files that have come since the last call. A file readers see does not change any more. */
  async readNew(reader: DayReader, events: EventSet): Promise<void> {
    const directories = await dayFiles(this.hdfs, this.root, this.day);
    this.inProgress = directories.reduce((total, { inProgress }) => total + inProgress, 0);
    for (const { path, modifiedMs } of directories.flatMap(({ files }) => files)) {
      if (this.read.has(path)) continue;
      this.read.add(path);
      let found = 0;
      for await (const lines of linesOf(this.hdfs.read(path))) {
        for (const line of lines) {
          const event = reader.event(line);
          if (!event) continue;
          found += 1;
          events.mark(event.id, event.second, isKeptAside(line) ? SEEN.hdfs : SEEN.hdfs | SEEN.taken);
        }
      }
      this.lines += found;
      if (found > 0) this.newestMs = Math.max(this.newestMs, modifiedMs);
    }
  }
}

/** What a datasource holds of a day. */
export interface DruidDay {
  /** Rows, duplicates among them. */
  readonly rows: number;
  /** Rows that are not what their id makes them. */
  readonly wrongRows: number;
  /** The first of them, one line each. */
  readonly wrong: readonly string[];
}

/** Marks the day's rows of a datasource, and checks the columns that an event's id determines. */
export async function readDruid(
  druid: DruidConfig,
  datasource: string,
  day: string,
  tables: Tables,
  events: EventSet,
  place: number,
): Promise<DruidDay> {
  const begin = startOfDay(day);
  const wrong: string[] = [];
  let wrongRows = 0;
  const note = (line: string) => {
    wrongRows += 1;
    if (wrong.length < SHOWN_WRONG) wrong.push(line);
  };
  let rows = 0;
  const pieces = scanRows(druid, {
    datasource,
    interval: intervalOf(day),
    columns: ["__time", "user_id", "user_name", "dept_name", "gender", "age"],
    texts: { id_text: "cast(\"id\", 'STRING')" }, // as a number it would lose digits beyond 2^53
  });
  for await (const piece of pieces) {
    for (const [time, ...others] of piece) {
      rows += 1;
      const text = others.pop();
      if (typeof time !== "number" || typeof text !== "string" || !/^-?\d+$/.test(text)) {
        note(`${datasource}: a row of ${day} has the id ${JSON.stringify(text)}`);
        continue;
      }
      const id = BigInt(text);
      const expected = Object.values(columnsOf(id, tables));
      if (expected.some((value, index) => value !== others[index])) {
        note(`${datasource}: id ${text} has ${JSON.stringify(others)}, not ${JSON.stringify(expected)}`);
      }
      events.mark(id, (time - begin) / 1000, place);
    }
  }
  return { rows, wrongRows, wrong };
}
