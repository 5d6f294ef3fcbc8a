import { agreeSchema, type Plan } from "../../../jobs/agree/config";
import { compareEnrich } from "../../../jobs/agree/enrich";
import { sparkRecord } from "../../../jobs/agree/spark-record";
import type { Kafka, KafkaAdmin } from "../../../jobs/core/kafka-api";
import type { KafkaRecord } from "../../../jobs/core/record";
import { Enricher } from "../../../jobs/enrich/enrich";
import { transform } from "../../../jobs/enrich/transform";

export const NAMES = Array.from({ length: 10 }, (_, uid) => ({ uid, name: `user-${uid}` }));
export const DEPTS = Array.from({ length: 5 }, (_, did) => ({ did, name: `dept-${did}` }));
export const TABLES = {
  names: new Map(NAMES.map(({ uid, name }) => [uid, name])),
  depts: new Map(DEPTS.map(({ did, name }) => [did, name])),
};
export const TOPICS = {
  input: "events",
  output: "events_stages",
  deadLetter: "events.dead-letter",
  spark: "notebook.events_stages",
};
const CONFIG = {
  kafka: { brokers: ["kafka:9093"] },
  topics: TOPICS,
  enrichGroupId: "enrich",
  names: NAMES,
  depts: DEPTS,
  waitSeconds: 0,
};
const LARGEST = 2_097_152;
const RUN = "verify-test";

/** A record that a test may change. */
export interface Loose {
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
}

/** Topics of one partition each, as enrich's own code and Spark's query fill them from some values. */
export class World {
  readonly input: (Buffer | null)[];
  readonly output: Loose[] = [];
  readonly deadLetter: Loose[] = [];
  readonly spark: Loose[] = [];
  /** First offset of the input that is still there. */
  first = 0;
  /** First offset of Spark's topic that is still there. */
  sparkFirst = 0;
  committed: number;

  constructor(values: readonly (string | Buffer | null)[]) {
    this.input = values.map((value) => (value === null ? null : Buffer.from(value)));
    this.committed = this.input.length;
    const targets = {
      outputPartitions: 1,
      deadLetterPartitions: 1,
      outputMaxBytes: LARGEST,
      deadLetterMaxBytes: 2 * LARGEST,
    };
    const records = this.input.map((value, offset) => record(TOPICS.input, offset, { key: null, value, headers: {} }));
    for (const { topic, records: written } of transform(
      records,
      new Enricher({ names: NAMES, depts: DEPTS }),
      TOPICS,
      targets,
    )) {
      const to = topic === TOPICS.output ? this.output : this.deadLetter;
      for (const { key, value, headers = [] } of written) {
        to.push({
          key: key === null ? null : Buffer.from(key),
          value: value === null ? null : Buffer.from(value),
          headers: Object.fromEntries(headers.map(([name, text]) => [name, String(text)])),
        });
      }
    }
    this.input.forEach((value, offset) => {
      const made = sparkRecord(value, TABLES);
      const headers = { "source.partition": "0", "source.offset": String(offset), run: RUN };
      this.spark.push({ key: made.key, value: made.value, headers });
    });
  }

  /** What enrich made of an input record; throws when it is none or a dead letter. */
  ours(offset: number): Loose {
    return found(this.output, offset);
  }
  letter(offset: number): Loose {
    return found(this.deadLetter, offset);
  }
  sparks(offset: number): Loose {
    return found(this.spark, offset);
  }

  /** Compares the records up to `end`, from the beginning. */
  compare({ end = this.input.length, ...config }: { end?: number; [key: string]: unknown } = {}) {
    const range = { partition: 0, first: 0, end };
    const plan: Plan = { run: RUN, input: [range], stages: [], spark: [{ partition: 0, first: 0, end: 0 }] };
    return compareEnrich(agreeSchema.parse({ ...CONFIG, ...config }), plan, { ...this.broker(), say: () => {} });
  }

  private broker() {
    const records = (topic: string): KafkaRecord[] => {
      if (topic === TOPICS.input) {
        return this.input.map((value, offset) => record(topic, offset, { key: null, value, headers: {} }));
      }
      const written = {
        [TOPICS.output]: this.output,
        [TOPICS.deadLetter]: this.deadLetter,
        [TOPICS.spark]: this.spark,
      };
      return (written[topic] ?? []).map((loose, offset) => record(topic, offset, loose));
    };
    const kafka: Pick<Kafka, "readRange"> = {
      async *readRange(topic, _, from, to) {
        yield records(topic).filter(({ offset }) => offset >= from && offset < to);
      },
    };
    const admin: Pick<KafkaAdmin, "partitions" | "ranges" | "committed" | "topicConfigs"> = {
      partitions: async () => 1,
      ranges: async (topic) => [
        {
          partition: 0,
          first: { [TOPICS.input]: this.first, [TOPICS.spark]: this.sparkFirst }[topic] ?? 0,
          end: records(topic).length,
        },
      ],
      committed: async () => [{ partition: 0, offset: this.committed, metadata: "" }],
      topicConfigs: async () => new Map([["max.message.bytes", String(LARGEST)]]),
    };
    return { kafka, admin };
  }
}

function record(topic: string, offset: number, { key, value, headers }: Loose): KafkaRecord {
  const entries = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]);
  return { topic, partition: 0, offset, timestamp: 1_000 + offset, key, value, headers: Object.fromEntries(entries) };
}

function found(list: readonly Loose[], offset: number): Loose {
  const one = list.find(({ headers }) => headers["source.offset"] === String(offset));
  if (!one) throw new Error(`nothing was made of offset ${offset}`);
  return one;
}
