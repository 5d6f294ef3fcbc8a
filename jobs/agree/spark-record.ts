import { wallTimeMs } from "../core/raw-event";
import { type SparkField, sparkFields, sparkText } from "./spark-json";

/** What Spark makes of a value of `events`. */
export interface SparkRecord {
  readonly key: Buffer | null;
  readonly value: Buffer;
  /** Undefined where Spark has a null. */
  readonly id: bigint | undefined;
  readonly time: string | undefined;
  /** What the last field `id` holds. Of several, Spark takes the last one that it can read, enrich the last one. */
  readonly lastId: "readable" | "missing" | "not-an-integer" | "out-of-range";
}

/** Static tables by key. */
export interface Tables {
  readonly names: ReadonlyMap<number, string>;
  readonly depts: ReadonlyMap<number, string>;
}

/**
 * The record that notebook 1 must write for a value: `from_json`, the two joins, `na.fill` and `to_json` of Spark 4.0.0, with
 * nothing of enrich's code. Where enrich sets a record aside, this is what docs/kappa-records.md says that Spark writes.
 */
export function sparkRecord(value: Buffer | null, { names, depts }: Tables): SparkRecord {
  const fields = value === null ? [] : (sparkFields(decoded(value)) ?? []);
  const id = lastLong(fields);
  const time = lastText(fields, "time");
  const hello = lastText(fields, "hello");
  const user = id === undefined ? undefined : id % 10n;
  const dept = id === undefined ? undefined : id % 5n;
  const columns: (readonly [string, string | undefined])[] = [
    ["time", time === undefined ? undefined : sparkText(time)],
    ["user_id", user === undefined ? undefined : String(user)],
    ["user_name", sparkText((user === undefined ? undefined : names.get(Number(user))) ?? "Unknown Name")],
    ["dept_name", sparkText((dept === undefined ? undefined : depts.get(Number(dept))) ?? "Unknown Dept")],
    ["gender", sparkText(id !== undefined && id % 2n === 0n ? "남성" : "여성")],
    ["age", id === undefined ? undefined : String((id % 100n) + 1n)],
    ["hello", hello === undefined ? undefined : sparkText(hello)],
    ["id", id === undefined ? undefined : String(id)],
  ];
  const written = columns.flatMap(([name, text]) => (text === undefined ? [] : [`"${name}":${text}`]));
  return {
    key: user === undefined ? null : Buffer.from(String(user)),
    value: Buffer.from(`{${written.join(",")}}`),
    id,
    time,
    lastId: kindOfId(fields.findLast(([name]) => name === "id")),
  };
}

/**
 * Whether enrich may have set a value aside for a reason: only then is it by decision that Spark has a row. Judged from the value
 * and from what Spark reads in it.
 * @param largest bytes that the topic of enriched events takes
 */
export function mayBeSetAside(reason: string, value: Buffer | null, spark: SparkRecord, largest: number): boolean {
  switch (reason) {
    case "tombstone":
      return value === null;
    case "empty":
      return value?.length === 0;
    case "invalid-utf-8":
      return value !== null && !isUtf8(value);
    case "not-json":
      return value !== null && value.length > 0 && isUtf8(value) && parsed(value) === undefined;
    case "not-an-object": {
      const found = value === null ? undefined : parsed(value);
      return (
        found !== undefined && (typeof found.json !== "object" || found.json === null || Array.isArray(found.json))
      );
    }
    case "id-missing":
    case "id-not-an-integer":
    case "id-out-of-range":
      return isObject(value) && reason === `id-${spark.lastId}`;
    case "time-missing":
      return isObject(value) && spark.lastId === "readable" && spark.time === undefined;
    case "time-unparsable":
      // Years begin with 1, as they do in the calendar.
      return (
        spark.time !== undefined &&
        spark.lastId === "readable" &&
        isObject(value) &&
        (Number.isNaN(wallTimeMs(spark.time)) || /^0000/.test(spark.time))
      );
    case "too-large":
      return (value?.length ?? 0) > largest || (spark.id !== undefined && spark.value.length + ROOM > largest);
    default:
      return false;
  }
}

/** Most bytes of a record's key and headers, and of its batch. */
const ROOM = 1_000;
const LEAST_LONG = -(2n ** 63n);
const MOST_LONG = 2n ** 63n - 1n;
/** Half of a surrogate pair in three bytes: Java takes it for one wrong character, others for three. */
const SURROGATE = /\xed[\xa0-\xbf][\x80-\xbf]/g;
const REPLACED = "\xef\xbf\xbd";
const LENIENT = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(value: Buffer): string {
  if (!value.includes(0xed)) return LENIENT.decode(value);
  return LENIENT.decode(Buffer.from(value.toString("latin1").replace(SURROGATE, REPLACED), "latin1"));
}

function isUtf8(value: Buffer): boolean {
  try {
    STRICT.decode(value);
    return true;
  } catch {
    return false;
  }
}

function parsed(value: Buffer): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(STRICT.decode(value)) };
  } catch {
    return undefined;
  }
}

function isObject(value: Buffer | null): boolean {
  const json = value === null ? undefined : parsed(value)?.json;
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** By how an id is spelt: what has a fraction, an exponent or quotes is no whole number, whatever its value. */
function kindOfId(field: SparkField | undefined): SparkRecord["lastId"] {
  if (field === undefined || field[1].kind === "null") return "missing";
  const [, value] = field;
  if (value.kind === "text" || !/^-?\d+$/.test(value.raw)) return "not-an-integer";
  return lastLong([field]) === undefined ? "out-of-range" : "readable";
}

/** The last `id` that is a whole number in 64 bits; a null takes an earlier one back. */
function lastLong(fields: readonly SparkField[]): bigint | undefined {
  let found: bigint | undefined;
  for (const [name, value] of fields) {
    if (name !== "id" || value.kind === "text") continue;
    if (value.kind === "null") {
      found = undefined;
    } else if (/^-?\d+$/.test(value.raw)) {
      const id = BigInt(value.raw);
      if (id >= LEAST_LONG && id <= MOST_LONG) found = id;
    }
  }
  return found;
}

function lastText(fields: readonly SparkField[], wanted: string): string | undefined {
  const value = fields.findLast(([name]) => name === wanted)?.[1];
  if (value === undefined || value.kind === "null") return undefined;
  return value.kind === "text" ? value.text : value.respelled;
}
