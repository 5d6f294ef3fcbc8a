import { formatDriverLine, formatLogDate, parseLogDate, type Reading } from "../../../jobs/core/driver-log";
import type { Row, Scan } from "../../../jobs/core/hbase";
import type { KafkaRecord } from "../../../jobs/core/record";
import { type Report, reportText } from "../../../jobs/core/report";
import type { ServedStatusFile } from "../../../jobs/core/status-file";
import { verifySmartcarSchema } from "../../../jobs/verify-smartcar/config";
import { type VerifySmartcarDeps, verifySmartcar } from "../../../jobs/verify-smartcar/verify";

/** First second the cars have written, 2026-01-15 12:00:00 in Seoul. */
export const BEGIN = parseLogDate("20260115120000") ?? 0;
export const RULE = `// A comment.
select carNumber, time, avg(speed) as averageSpeed
from Reading#groupwin(carNumber)#ext_timed(time, 30 seconds)
group by carNumber
having avg(speed) > 80
`;
const TOPIC = "SmartCar-Topic";
const ROOT = "/pilot-pjt/collect/car-batch-log";

/** A reading of a car, so many seconds after the first. */
export function reading(car: string, second: number, speed: string | number = 50): Reading {
  return {
    date: formatLogDate(BEGIN + second),
    carNumber: car,
    speedPedal: "1",
    breakPedal: "0",
    steerAngle: "F",
    directLight: "N",
    speed: String(speed),
    areaNumber: "A01",
  };
}

/** The row of a reading. */
export function row(of: Reading): Row {
  const values: Record<string, string> = {
    date: of.date,
    car_number: of.carNumber,
    speed_pedal: of.speedPedal,
    break_pedal: of.breakPedal,
    steer_angle: of.steerAngle,
    direct_light: of.directLight,
    speed: of.speed,
    area_number: of.areaNumber,
  };
  const timestampMs = (parseLogDate(of.date) ?? 0) * 1000;
  return {
    key: `${[...of.date].reverse().join("")}-${of.carNumber}`,
    cells: Object.entries(values).map(([column, value]) => ({ column: `cf1:${column}`, value, timestampMs })),
  };
}

/** The places that are compared, each of which a test may change. */
export class World {
  /** What the cars did. */
  log: Reading[] = [];
  /** Without a time, records are of their reading's second, and of 1970 without a reading. */
  topic: { partition: number; value: string; timestampMs?: number }[] = [];
  /** First offset of each partition that is still there. */
  firsts = [0, 0];
  dead: { partition: number; offset: number }[] = [];
  rows = new Map<string, Row>();
  sets = new Map<string, Set<string>>();
  rules = new Map<string, string>();
  never: string[] = [];
  statusFiles: ServedStatusFile[] = [];
  readonly files = new Map<string, string>();
  nowMs = (BEGIN + 10_000) * 1000;
  /** Called before each look at a place that can be waited for, with the number of looks before it. */
  onLook: (looks: number) => void = () => {};
  private looks = 0;

  /** Two cars for so many seconds, everywhere; the second one is speeding from the 100th second on, for 60 s. */
  fill(seconds = 300): this {
    for (let second = 0; second < seconds; second += 1) {
      this.drive(reading("A0001", second), 0);
      this.drive(reading("B0002", second, second >= 100 && second < 160 ? 95 : 50), 1);
    }
    // By hand: 95 for n of 30 s and 50 for the others is above 80 from n = 21 on, until there are fewer again.
    const day = new Set<string>();
    for (let second = 120; second < 169; second += 1) day.add(`B0002-${formatLogDate(BEGIN + second)}`);
    this.sets.set("20260115", day);
    return this;
  }

  /** A reading, in the log and, unless told otherwise, on its way through the pipeline. */
  drive(of: Reading, partition: number): void {
    this.log.push(of);
    this.topic.push({ partition, value: formatDriverLine(of) });
    const made = row(of);
    this.rows.set(made.key, made);
  }

  /** A status file of ten lines, two of them garbage, in HDFS. */
  status(index = 0): this {
    const from = BEGIN + index * 600;
    const name = `car-status-${formatLogDate(from)}.log`;
    const times = { from: formatLogDate(from), to: formatLogDate(from + 600) };
    this.statusFiles.push({ name, day: "20260115", ...times, lines: 10, garbage: 2, bytes: 1, waiting: false });
    const lines = Array.from(
      { length: 8 },
      (_, line) => `${formatLogDate(from + (line >> 1) * 60)},A000${line & 1},100,20260115`,
    );
    this.files.set(`${ROOT}/wrk_date=20260115/car-batch-log.${index}.log`, `${lines.join("\n")}\n`);
    return this;
  }

  /** The job's config as it is written. */
  config(change: object = {}): object {
    return {
      cars: "http://cars:8080",
      kafka: { brokers: ["kafka:9093"] },
      hbase: { url: "http://hbase-rest:8080" },
      redis: { addresses: ["redis:6379"] },
      hdfs: { urls: ["http://namenode:9870"], user: "lab" },
      topics: { readings: TOPIC, deadLetter: `${TOPIC}.dead-letter` },
      table: { name: "DriverCarInfo", family: "cf1" },
      statusLines: ROOT,
      rule: RULE,
      keepSeconds: 604_800,
      waitSeconds: 0,
      ...change,
    };
  }

  verify(change: object = {}) {
    return verifySmartcar(verifySmartcarSchema.parse(this.config(change)), this.deps());
  }

  private deps(): VerifySmartcarDeps {
    const look = () => this.onLook(this.looks++);
    const records = (topic: string, partition: number) =>
      topic === TOPIC
        ? this.topic
            .filter((one) => one.partition === partition)
            .map(({ value, timestampMs }, offset) => record(value, offset, timestampMs))
        : partition === 0
          ? this.dead.map(letter)
          : [];
    const members = async (key: string) => {
      look();
      return [...(this.sets.get(key) ?? [])];
    };
    return {
      cars: {
        range: async () => ({ oldest: this.log[0]?.date, newest: this.log.at(-1)?.date }),
        statusFiles: async () => this.statusFiles,
        lines: async (from, to) =>
          this.log
            .filter(({ date }) => date >= formatLogDate(from) && date < formatLogDate(to))
            .map((one) => formatDriverLine(one)),
      },
      kafka: {
        async *readRange(topic, partition, from, to) {
          yield records(topic, partition).filter(({ offset }) => offset >= from && offset < to);
        },
      },
      admin: {
        partitions: async () => 2,
        ranges: async (topic) => {
          if (topic === TOPIC) look();
          return [0, 1].map((partition) => ({
            partition,
            first: topic === TOPIC ? (this.firsts[partition] ?? 0) : 0,
            end: records(topic, partition).length,
          }));
        },
      },
      hbase: {
        scan: async function* (this: World, _: string, scan: Scan = {}) {
          look();
          for (const found of this.rows.values()) if (found.key.startsWith(scan.prefix ?? "")) yield found;
        }.bind(this),
      },
      redis: {
        members,
        hash: async () => this.rules,
        keys: async () => [...this.sets.keys()],
        expiresIn: async (key) => (this.never.includes(key) ? undefined : 600),
      },
      hdfs: {
        list: async (path) => {
          look();
          const inside = [...this.files.keys()].filter((file) => file.startsWith(`${path}/`));
          const names = new Set(inside.map((file) => file.slice(path.length + 1).split("/")[0] ?? ""));
          return [...names].map((name) => ({
            path: `${path}/${name}`,
            name,
            directory: !this.files.has(`${path}/${name}`),
            length: 1,
            modifiedMs: 1,
          }));
        },
        read: async function* (this: World, path: string) {
          const bytes = Buffer.from(this.files.get(path) ?? "");
          for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
        }.bind(this),
      },
      say: () => {},
      now: () => this.nowMs,
      pauseMs: 1,
    };
  }
}

function record(
  value: string,
  offset: number,
  timestamp = (parseLogDate(value.slice(0, 14)) ?? 0) * 1000,
): KafkaRecord {
  const base = { topic: TOPIC, partition: 0, offset, timestamp, key: null, headers: {} };
  return { ...base, value: Buffer.from(value) };
}

function letter({ partition, offset }: { partition: number; offset: number }, index: number): KafkaRecord {
  const texts = { "source.topic": TOPIC, "source.partition": String(partition), "source.offset": String(offset) };
  const headers = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
  return { ...record("x", index), headers };
}

/** A report as people read it. */
export const text = (report: Report) => reportText("smartcar", report, 50);

/** The actual figure of each check, by its name. */
export const figures = (report: Report) => Object.fromEntries(report.checks.map(({ name, actual }) => [name, actual]));

/** The Seoul day of the world, as Redis names it. */
export const DAY = "20260115";
