import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { KafkaRecord } from "../../../jobs/core/record";
import { startOfDay } from "../../../jobs/core/seoul-day";
import { verifyLambdaSchema } from "../../../jobs/verify-lambda/config";
import { columnsOf } from "../../../jobs/verify-lambda/derived";
import { type VerifyLambdaDeps, verifyLambda } from "../../../jobs/verify-lambda/verify";

export const DAY = "2026-01-15";
const NAMES = [{ uid: 1, name: "이서준" }];
const DEPTS = [{ did: 1, name: "영업" }];
const TABLES = { names: new Map([[1, "이서준"]]), depts: new Map([[1, "영업"]]) };

/** An event's text as collectors write it. */
export function eventText(id: number | bigint, clock = "12:00:00", day = DAY): string {
  return `{"hello":"h","id":${id},"time":"${day} ${clock}"}`;
}

/** A row of a datasource as a scan gives it. */
export function row(id: number | bigint, clock = "12:00:00"): unknown[] {
  const ms = startOfDay(DAY) + Date.parse(`1970-01-01T${clock}Z`);
  return [ms, ...Object.values(columnsOf(BigInt(id), TABLES)), String(id)];
}

/** The places that are compared, each of which a test may change. */
export class World {
  topic: (string | null)[] = [];
  /** First offset of the topic that is still there. */
  first = 0;
  /** Offset, reason. */
  deadLetters: { source: number; reason: string }[] = [];
  /** Text by path. */
  readonly files = new Map<string, { text: string; modifiedMs: number }>();
  speed: unknown[][] = [];
  batch: unknown[][] = [];
  version: string | null = "2026-01-16T00:00:00.000Z";
  nowMs = Date.parse("2026-01-20T00:00:00Z");
  /** Called before each look at HDFS, with the number of looks before it. */
  onList: (looks: number) => void = () => {};
  private looks = 0;

  /** So many events, everywhere, each once. */
  fill(count: number): this {
    const ids = Array.from({ length: count }, (_, id) => id);
    this.topic = ids.map((id) => eventText(id));
    this.write(`dt=${DAY}/events.1.json`, this.topic.join("\n"));
    this.speed = ids.map((id) => row(id));
    this.batch = ids.map((id) => row(id));
    return this;
  }

  write(path: string, text: string, modifiedMs = 1): void {
    this.files.set(`/lambda/events/${path}`, { text, modifiedMs });
  }

  async verify(change: object = {}) {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => {
        const { dataSource, intervals } = JSON.parse(body) as { dataSource: string; intervals: string[] };
        const rows = dataSource === "events_batch" ? this.batch : this.speed;
        const [from = 0, to = 0] = (intervals[0] ?? "").split("/").map((instant) => Date.parse(instant));
        const events = rows.filter(([ms]) => Number(ms) >= from && Number(ms) < to);
        response.end(JSON.stringify([{ segmentId: "one", events }]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const config = {
        kafka: { brokers: ["kafka:9093"] },
        druid: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
        hdfs: { urls: ["http://namenode:9870"], user: "lab" },
        events: "/lambda/events",
        topics: { input: "events", deadLetter: "events.dead-letter" },
        datasources: { speed: "events_stages", batch: "events_batch" },
        names: NAMES,
        depts: DEPTS,
        day: DAY,
        waitSeconds: 0,
        ...change,
      };
      return await verifyLambda(verifyLambdaSchema.parse(config), this.deps());
    } finally {
      server.close();
    }
  }

  private deps(): VerifyLambdaDeps {
    const records = (topic: string) => (topic === "events" ? this.topic.map(record) : this.deadLetters.map(letter));
    const files = [...this.files];
    return {
      kafka: {
        async *readRange(topic, _, from, to) {
          yield records(topic).filter(({ offset }) => offset >= from && offset < to);
        },
      },
      admin: {
        partitions: async () => 1,
        ranges: async (topic) => [
          { partition: 0, first: topic === "events" ? this.first : 0, end: records(topic).length },
        ],
      },
      hdfs: {
        list: async (path) => {
          if (path.endsWith(DAY)) this.onList(this.looks++);
          const inside = [...this.files].filter(([file]) => file.startsWith(`${path}/`));
          if (path === "/lambda/events") {
            const days = new Set(files.map(([file]) => file.split("/")[3] ?? ""));
            return [...days].map((name) => ({
              path: `${path}/${name}`,
              name,
              directory: true,
              length: 0,
              modifiedMs: 1,
            }));
          }
          if (inside.length === 0) return undefined;
          return inside.map(([file, { text, modifiedMs }]) => ({
            path: file,
            name: file.slice(path.length + 1),
            directory: false,
            length: text.length,
            modifiedMs,
          }));
        },
        read: async function* (this: { files: World["files"] }, path: string) {
          const bytes = Buffer.from(this.files.get(path)?.text ?? "");
          for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
        }.bind({ files: this.files }),
      },
      druid: {
        sql: async <T>(query: string) => {
          if (query.includes("sys.segments")) return [{ version: this.version }] as T[];
          if (query.includes("INFORMATION_SCHEMA")) return [{ n: 1 }] as T[];
          return (query.includes("events_batch") && this.batch.length > 0 ? [{ day: DAY }] : []) as T[];
        },
      },
      say: () => {},
      now: () => this.nowMs,
      pauseMs: 1,
    };
  }
}

function record(value: string | null, offset: number): KafkaRecord {
  return {
    topic: "events",
    partition: 0,
    offset,
    timestamp: 0,
    key: null,
    value: value === null ? null : Buffer.from(value),
    headers: {},
  };
}

function letter({ source, reason }: { source: number; reason: string }, offset: number): KafkaRecord {
  const texts = { "source.topic": "events", "source.partition": "0", "source.offset": String(source), reason };
  const headers = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
  return { ...record("cut", offset), topic: "events.dead-letter", headers };
}
