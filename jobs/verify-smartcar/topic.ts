import { parseDriverLine, parseLogDate, unpaddedDriverLine } from "../core/driver-log";
import type { Kafka, KafkaAdmin } from "../core/kafka-api";
import { headerNumber, headerText, type KafkaRecord } from "../core/record";

/** Seconds since 1970, the end not included. */
export interface Seconds {
  readonly from: number;
  readonly to: number;
}

/** What a car's readings were in a topic: one slot a second. */
interface CarReadings {
  readonly partition: number;
  /** Hash of the line, 0 where there is none. */
  readonly hashes: Uint32Array;
}

const BYTES_A_SLOT = 4;
/**
 * Of 384 MiB that the pod has, Node.js with its heap and what it reads from Kafka, HBase and the cars needs the rest; above that
 * the pod would be killed before it could say why. A day of 430 cars, or eight hours of 1300.
 */
const MOST_BYTES = 150_000_000;
/** A reading whose time is further ahead of its record's is a dead letter, and neither stored nor judged. */
const MOST_AHEAD_MS = 600_000;
/** Cars of neighbouring seconds may come in another order than they were written in. */
const SLACK_SECONDS = 10;

/** The readings of a topic within some seconds, in four bytes each. */
export class TopicReadings {
  private readonly cars = new Map<string, CarReadings>();
  /** Distinct readings, by car and second. */
  distinct = 0;
  /** Records that repeat a reading. */
  repeats = 0;
  /** Cars whose readings are in more than one partition, or differ from one record to the next. */
  readonly wrong = new Set<string>();

  constructor(private readonly within: Seconds) {}

  add(car: string, second: number, partition: number, line: string): void {
    const slot = second - this.within.from;
    if (slot < 0 || second >= this.within.to) return;
    const found = this.cars.get(car) ?? this.newCar(car, partition);
    const hash = hashOf(line);
    const before = found.hashes[slot];
    if (before === 0) this.distinct += 1;
    else this.repeats += 1;
    if (found.partition !== partition) this.wrong.add(`${car} is in partitions ${found.partition} and ${partition}`);
    if (before !== 0 && before !== hash) this.wrong.add(`${car} has two different readings of one second`);
    found.hashes[slot] = hash;
  }

  /** Whether this very line was seen; undefined when no reading of the car and second was. */
  has(car: string, second: number, line: string): boolean | undefined {
    const hash = this.cars.get(car)?.hashes[second - this.within.from] ?? 0;
    return hash === 0 ? undefined : hash === hashOf(line);
  }

  partitionOf(car: string): number | undefined {
    return this.cars.get(car)?.partition;
  }

  private newCar(car: string, partition: number): CarReadings {
    const slots = this.within.to - this.within.from;
    if ((this.cars.size + 1) * slots * BYTES_A_SLOT > MOST_BYTES) {
      throw new Error(
        `more than ${this.cars.size} cars over ${slots} s do not fit into memory: narrow the range with --from`,
      );
    }
    const made = { partition, hashes: new Uint32Array(slots) };
    this.cars.set(car, made);
    return made;
  }
}

/** Records that hold no reading, or one that is too far ahead, by partition and offset. */
export interface Poison {
  readonly partition: number;
  readonly offset: number;
}

/** A topic, as far as it was read. Each record is read once. */
export class TopicLog {
  readonly readings: TopicReadings;
  /** Poison that is older than `settledMs`. */
  readonly poison: Poison[] = [];
  /**
   * Second of the first reading that is still there, by partition from which retention has removed records; undefined where none
   * is left, which says nothing about those that are missing.
   */
  private readonly heads = new Map<number, number | undefined>();
  private readonly next = new Map<number, number>();

  /** @param settledMs records with a later timestamp of Kafka need not have been worked on */
  constructor(
    private readonly kafka: Pick<Kafka, "readRange">,
    private readonly admin: Pick<KafkaAdmin, "ranges">,
    private readonly topic: string,
    within: Seconds,
    private readonly settledMs: number,
  ) {
    this.readings = new TopicReadings(within);
  }

  /** Reads what has come since the last call. */
  async readNew(): Promise<void> {
    for (const { partition, first, end } of await this.admin.ranges(this.topic)) {
      if (first > (this.next.get(partition) ?? 0)) this.heads.set(partition, undefined);
      const from = Math.max(first, this.next.get(partition) ?? first);
      for await (const records of this.kafka.readRange(this.topic, partition, from, end)) {
        for (const record of records) this.take(partition, record);
      }
      this.next.set(partition, end);
    }
  }

  /**
   * Whether retention may have removed a reading that is not there: whether it is older than what its partition begins with. Of a
   * car without any reading the partition is not known, and may be each.
   */
  mayBeRemoved(car: string, second: number): boolean {
    const partition = this.readings.partitionOf(car);
    const heads = partition === undefined ? [...this.heads.values()] : [this.heads.get(partition)];
    return heads.some((head) => head !== undefined && second < head + SLACK_SECONDS);
  }

  private take(partition: number, { offset, value, timestamp }: KafkaRecord): void {
    const line = value?.toString("utf8") ?? "";
    const parsed = parseDriverLine(line);
    const second = "reading" in parsed ? (parseLogDate(parsed.reading.date) ?? 0) : 0;
    const tooFarAhead = timestamp >= 0 && second * 1000 - timestamp > MOST_AHEAD_MS; // negative: the record has none
    if ("reading" in parsed && !tooFarAhead) {
      if (this.heads.has(partition)) this.heads.set(partition, this.heads.get(partition) ?? second);
      this.readings.add(parsed.reading.carNumber, second, partition, unpaddedDriverLine(line));
    } else if (timestamp <= this.settledMs) {
      this.poison.push({ partition, offset });
    }
  }
}

/** Which of the records that hold no reading are no dead letters. */
export async function notDeadLetters(
  kafka: Pick<Kafka, "readRange">,
  admin: Pick<KafkaAdmin, "ranges" | "partitions">,
  topics: { readonly readings: string; readonly deadLetter: string },
  poison: readonly Poison[],
): Promise<readonly Poison[]> {
  if (poison.length === 0) return [];
  const dead = new Set<string>();
  const there = (await admin.partitions(topics.deadLetter)) !== undefined;
  for (const { partition, first, end } of there ? await admin.ranges(topics.deadLetter) : []) {
    for await (const records of kafka.readRange(topics.deadLetter, partition, first, end)) {
      for (const { headers } of records) {
        if (headerText(headers, "source.topic") !== topics.readings) continue;
        dead.add(`${headerNumber(headers, "source.partition")}/${headerNumber(headers, "source.offset")}`);
      }
    }
  }
  return poison.filter(({ partition, offset }) => !dead.has(`${partition}/${offset}`));
}

/** FNV-1a, never 0. */
function hashOf(line: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < line.length; index += 1) {
    hash = Math.imul(hash ^ line.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0 || 1;
}
