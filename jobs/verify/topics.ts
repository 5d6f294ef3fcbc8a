import { derived, type StageEntry } from "../core/expected-rows";
import type { Kafka, OffsetRange } from "../core/kafka-api";
import { rawEvent } from "../core/raw-event";
import { headerNumber, headerText, type KafkaRecord } from "../core/record";
import { Distinct } from "./distinct";
import { digest, RawPartition } from "./raw";

/** What the three topics hold, compared record by record. */
export interface TopicFindings {
  /** Records in `events`, in the time range. */
  events: number;
  distinctIds: number;
  /** Distinct ids of those events that are in the stage topic or the dead-letter topic. */
  distinctIdsFound: number;
  /** Of those, how many are in the stage topic, and how many in the dead-letter topic. */
  staged: number;
  deadLettered: number;
  /** Records of the stage topic, in the time range, that do not say which event they were made from. */
  foreign: number;
  /** What is wrong: one line each. */
  readonly problems: string[];
}

/** Columns of the stage topic, in the order in which they must be. */
const COLUMNS = ["time", "user_id", "user_name", "dept_name", "gender", "age", "hello", "id"];

/** Reads the topics between frozen offsets. */
export class Topics {
  private readonly raw = new Map<number, RawPartition>();
  /** Per source partition and offset: how often it is in the stage topic. */
  private readonly staged = new Map<number, Uint8Array>();
  private readonly dead = new Map<number, Set<number>>();
  /** Event times of stage records without a source. */
  private readonly foreign: number[] = [];
  readonly problems: string[] = [];

  constructor(
    private readonly kafka: Pick<Kafka, "readRange">,
    private readonly topic: { readonly input: string; readonly output: string; readonly deadLetter: string },
    private readonly names: ReadonlyMap<number, string>,
    private readonly depts: ReadonlyMap<number, string>,
  ) {}

  /** Reads `events`. */
  async readEvents(ranges: readonly OffsetRange[]): Promise<void> {
    for (const { partition, first, end } of ranges) {
      const raw = new RawPartition(first);
      for await (const records of this.kafka.readRange(this.topic.input, partition, first, end)) {
        for (const record of records) raw.add(record);
      }
      this.raw.set(partition, raw);
      this.staged.set(partition, new Uint8Array(end - first));
    }
  }

  /** Reads the stage topic, in order; every entry goes to `each`. */
  async readStages(ranges: readonly OffsetRange[], each: (entry: StageEntry, id: number) => void): Promise<void> {
    for (const { partition, first, end } of ranges) {
      for await (const records of this.kafka.readRange(this.topic.output, partition, first, end)) {
        for (const record of records) {
          const { entry, id } = this.stageEntry(record);
          each(entry, id);
        }
      }
    }
  }

  /** Reads the dead letters of enrich. */
  async readDeadLetters(ranges: readonly OffsetRange[]): Promise<void> {
    for (const { partition, first, end } of ranges) {
      for await (const records of this.kafka.readRange(this.topic.deadLetter, partition, first, end)) {
        for (const { headers } of records) {
          if (headerText(headers, "source.topic") !== this.topic.input) continue;
          const source = headerNumber(headers, "source.partition") ?? -1;
          const offsets = this.dead.get(source) ?? new Set<number>();
          const offset = headerNumber(headers, "source.offset") ?? -1;
          if (offsets.has(offset))
            this.problems.push(`events ${source}/${offset} is twice in ${this.topic.deadLetter}`);
          offsets.add(offset);
          this.dead.set(source, offsets);
        }
      }
    }
  }

  /**
   * Each event is once in the stage topic or once in the dead-letter topic. To be called when all was read.
   * @param ends per partition of `events`: what lies behind may be on its way still, and is not asked for
   */
  compare(inRange: (timeMs: number) => boolean, ends: ReadonlyMap<number, number>): TopicFindings {
    const found = {
      events: 0,
      distinctIds: 0,
      distinctIdsFound: 0,
      staged: 0,
      deadLettered: 0,
      foreign: this.foreign.filter(inRange).length,
      problems: this.problems,
    };
    const ids = new Distinct();
    const idsFound = new Distinct();
    for (const [source, raw] of this.raw) {
      for (const offset of raw.offsets()) {
        const event = raw.at(offset);
        if (!event || offset >= (ends.get(source) ?? 0) || !inRange(event.timeMs)) continue;
        found.events += 1;
        if (!Number.isNaN(event.id)) ids.add(event.id);
        const staged = this.staged.get(source)?.[offset - raw.first] ?? 0;
        const dead = this.dead.get(source)?.has(offset) ?? false;
        if (!Number.isNaN(event.id) && (staged > 0 || dead)) idsFound.add(event.id);
        if (staged > 0) found.staged += 1;
        if (dead) found.deadLettered += 1;
        const where = `events ${source}/${offset} (id ${event.id})`;
        if (staged === 0 && !dead)
          this.problems.push(`${where} is lost: neither in ${this.topic.output} nor a dead letter`);
        if (staged > 1) this.problems.push(`${where} is ${staged} times in ${this.topic.output}`);
        if (staged > 0 && dead) this.problems.push(`${where} is in ${this.topic.output} and a dead letter`);
        if (dead && event.whole) this.problems.push(`${where} is well-formed, but a dead letter`);
      }
    }
    found.distinctIds = ids.count();
    found.distinctIdsFound = idsFound.count();
    return found;
  }

  /** The entry of a stage record: its values recomputed from the event it was made from, where there is one. */
  private stageEntry(record: KafkaRecord): { entry: StageEntry; id: number } {
    const source = headerNumber(record.headers, "source.partition");
    const offset = headerNumber(record.headers, "source.offset");
    const raw = source === undefined ? undefined : this.raw.get(source);
    const event = offset === undefined ? undefined : raw?.at(offset);
    if (event && raw && source !== undefined && offset !== undefined) {
      const seen = this.staged.get(source);
      const at = offset - raw.first;
      if (seen) seen[at] = Math.min(255, (seen[at] ?? 0) + 1);
      const problem = event.whole ? this.wrongContent(record, event.id, event.digest) : undefined;
      if (problem) this.problems.push(`${where(record)} (events ${source}/${offset}): ${problem}`);
      return { entry: entryOf(record, source, event.timeMs, event.timestamp), id: event.id };
    }
    // Older than what is kept of `events`, or written by something else than enrich: its own values have to do.
    const own = rawEvent(record.value);
    if (!raw || offset === undefined) this.foreign.push(own?.timeMs ?? Number.NaN);
    else if (offset >= raw.first) this.problems.push(`${where(record)} has no event ${source}/${offset}`);
    const timestamp = headerNumber(record.headers, "source.timestamp") ?? record.timestamp;
    return { entry: entryOf(record, source ?? -1, own?.timeMs ?? Number.NaN, timestamp), id: own?.id ?? Number.NaN };
  }

  private wrongContent(record: KafkaRecord, id: number, expectedDigest: number): string | undefined {
    const value: unknown = JSON.parse(record.value?.toString("utf8") ?? "null");
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    if (entries.map(([name]) => name).join() !== COLUMNS.join())
      return `columns are ${entries.map(([name]) => name).join()}`;
    const fields = new Map<string, unknown>(entries);
    const expected = { ...derived(id, this.names, this.depts), id };
    for (const [name, wanted] of Object.entries(expected)) {
      if (fields.get(name) !== wanted) return `${name} is ${shown(fields.get(name))}, not ${JSON.stringify(wanted)}`;
    }
    if (record.key?.toString("utf8") !== String(expected.user_id)) return `the key is not ${expected.user_id}`;
    return digest(fields.get("time"), fields.get("hello")) === expectedDigest ? undefined : "time or hello differ";
  }
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? "no single value" : JSON.stringify(value);
}

function entryOf(record: KafkaRecord, source: number, timeMs: number, timestamp: number): StageEntry {
  return { partition: record.partition, offset: record.offset, source, timeMs, timestamp, key: "" };
}

function where(record: KafkaRecord): string {
  return `${record.topic} ${record.partition}/${record.offset}`;
}
