import { rawFieldsOf } from "../core/from-json";
import { headerNumber, type KafkaRecord } from "../core/record";
import type { AggregateTable } from "./config";
import { seoulInstant } from "./window";

/** What a record means to the tables. */
export interface StageEvent {
  /** Event time in milliseconds since 1970. */
  readonly timeMs: number;
  /** Partition of `events` the record was made from; -1 for records whose writer does not say (Spark's notebook). */
  readonly source: number;
  /** Key for each table, in the order of the config. */
  readonly keys: readonly string[];
}

/** Why a record cannot be counted; the dead-letter header `reason`. */
export type Rejection =
  | "tombstone"
  | "not-json"
  | "not-an-object"
  | "missing-time"
  | "unparsable-time"
  | "future-time"
  | "missing-key"
  | "invalid-key"
  | "key-too-long"
  | "too-large";

/** Source number of records without the header `source.partition`. */
export const NO_SOURCE = -1;
/** Length of the VARCHAR columns, in characters. */
const MAX_KEY_CHARACTERS = 64;
/** A longer text is not parsed as a whole: of nothing but `{},{},…` it would become some thirty times its length. */
const MAX_PARSED_CHARACTERS = 65_536;
/** What the stage topic takes of records that are not packed; one that is packed may be larger than what the job has for it. */
const MAX_VALUE_BYTES = 4 * 1024 * 1024;
/** No cluster has more partitions in one topic; a larger number in the header is nobody's. */
const MAX_SOURCE = 100_000;

/** Reads records of the stage topic for the given tables. */
export class EventReader {
  private lastTime = "";
  private lastMs: number | undefined;

  /** @param maxAheadMs an event time further ahead of the record's Kafka timestamp is rejected */
  constructor(
    private readonly tables: readonly AggregateTable[],
    private readonly maxAheadMs: number,
  ) {}

  /** The event in a record, or why there is none. Depends on the record alone. */
  read(record: KafkaRecord): StageEvent | Rejection {
    const fieldOf = fields(record.value);
    if (typeof fieldOf === "string") return fieldOf;
    const time = fieldOf("time");
    if (time === undefined || time === null) return "missing-time";
    const timeMs = typeof time === "string" ? this.instant(time) : undefined;
    if (timeMs === undefined) return "unparsable-time";
    // The original timestamp where enrich noted it: a backlog must not make a wrong clock look right.
    const { headers } = record; // once: they are cut out of the batch each time they are asked for
    const timestamp = headerNumber(headers, "source.timestamp") ?? record.timestamp;
    if (timestamp >= 0 && timeMs - timestamp > this.maxAheadMs) return "future-time";
    const keys: string[] = [];
    for (const table of this.tables) {
      const key = keyOf(fieldOf(table.field), table.type);
      if (key.rejection !== undefined) return key.rejection;
      keys.push(key.text);
    }
    const source = headerNumber(headers, "source.partition") ?? NO_SOURCE;
    return { timeMs, source: source <= MAX_SOURCE ? source : NO_SOURCE, keys };
  }

  /** Most records share their second with the one before. */
  private instant(time: string): number | undefined {
    if (time !== this.lastTime) {
      this.lastTime = time;
      this.lastMs = seoulInstant(time);
    }
    return this.lastMs;
  }
}

/** What a field holds; undefined where there is none. */
type Fields = (name: string) => unknown;

function fields(bytes: Buffer | null): Fields | Rejection {
  if (bytes === null) return "tombstone";
  if (bytes.length > MAX_VALUE_BYTES) return "too-large";
  const text = bytes.toString("utf8");
  return text.length > MAX_PARSED_CHARACTERS ? fieldsOfLong(text) : fieldsOfShort(text);
}

function fieldsOfShort(text: string): Fields | Rejection {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "not-json";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "not-an-object";
  const object = value as Record<string, unknown>;
  return (name) => (Object.hasOwn(object, name) ? object[name] : undefined);
}

/** Only what is asked for is parsed, and of an object or array only that it is one: it is no time and no key. */
function fieldsOfLong(text: string): Fields | Rejection {
  const raw = rawFieldsOf(text);
  if (typeof raw === "string") return raw;
  return (name) => {
    const value = raw.get(name);
    if (value === undefined) return undefined;
    return value.startsWith("{") || value.startsWith("[") ? {} : JSON.parse(value);
  };
}

type Key = { readonly text: string; readonly rejection?: undefined } | { readonly rejection: Rejection };

function keyOf(value: unknown, type: AggregateTable["type"]): Key {
  if (value === undefined || value === null) return { rejection: "missing-key" };
  if (type === "integer") {
    const fits = typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 2 ** 31;
    return fits ? { text: String(value) } : { rejection: "invalid-key" };
  }
  if (typeof value !== "string") return { rejection: "invalid-key" };
  // Well-formed: two lone surrogates would be two keys here and one in UTF-8.
  const text = /[\ud800-\udfff]/.test(value) ? Buffer.from(value, "utf8").toString("utf8") : value;
  return isTooLong(text) ? { rejection: "key-too-long" } : { text };
}

/** A character outside the basic plane is two in a string, and one in MySQL. */
function isTooLong(text: string): boolean {
  if (text.length <= MAX_KEY_CHARACTERS) return false;
  return text.length > 2 * MAX_KEY_CHARACTERS || [...text].length > MAX_KEY_CHARACTERS;
}
