import { respelled } from "./json-respell";
import { isJson, skipSpace, stringEnd } from "./json-syntax";

/** Why a value holds no JSON object; kebab-case, as the dead-letter header `reason` says it. */
export type NotAnObject = "tombstone" | "empty" | "invalid-utf-8" | "not-json" | "not-an-object";

/** A JSON object's own text per top-level field, e.g. `"1.0"` for `{"id":1.0}`; the last one of equal names. */
export type RawFields = ReadonlyMap<string, string>;

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The fields of a JSON object (RFC 8259), as raw text: numbers keep every digit and their spelling, and names such as
 * `__proto__` are names like any other.
 */
export function rawFields(value: Buffer | null): RawFields | NotAnObject {
  if (value === null) return "tombstone";
  if (value.length === 0) return "empty";
  let text: string;
  try {
    text = STRICT_UTF8.decode(value);
  } catch {
    return "invalid-utf-8";
  }
  return rawFieldsOf(text);
}

/** As {@link rawFields}, of a text that has been decoded. */
export function rawFieldsOf(text: string): RawFields | "not-json" | "not-an-object" {
  if (!isJson(text)) return "not-json"; // what follows only cuts a text known to be JSON
  const start = skipSpace(text, 0);
  return text[start] === "{" ? cut(text, start) : "not-an-object";
}

/**
 * A string field as Spark's `from_json` reads it into a StringType: a JSON string's value, any other value's JSON text as Spark
 * spells it, undefined for null or a missing field.
 * @param raw known to be JSON
 */
export function stringField(raw: string | undefined): string | undefined {
  if (raw === undefined || raw === "null") return undefined;
  return raw.startsWith('"') ? String(JSON.parse(raw)) : respelled(raw);
}

/** A whole number in 64 bits, or why there is none. `1.0`, `1e3` and `"1"` are not whole numbers to `from_json` either. */
export function longField(raw: string | undefined): bigint | "missing" | "not-an-integer" | "out-of-range" {
  if (raw === undefined || raw === "null") return "missing";
  if (!/^-?\d+$/.test(raw)) return "not-an-integer";
  if (raw.length > 20) return "out-of-range";
  const value = BigInt(raw);
  return BigInt.asIntN(64, value) === value ? value : "out-of-range";
}

function cut(text: string, open: number): RawFields {
  const fields = new Map<string, string>();
  let at = skipSpace(text, open + 1);
  while (text[at] !== "}") {
    const nameEnd = stringEnd(text, at);
    const name = text.slice(at, nameEnd);
    at = skipSpace(text, skipSpace(text, nameEnd) + 1); // the colon
    const valueEnd = endOfValue(text, at);
    fields.set(String(JSON.parse(name)), text.slice(at, valueEnd));
    at = skipSpace(text, valueEnd);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return fields;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return stringEnd(text, start);
  if (first !== "{" && first !== "[") {
    let at = start;
    while (at < text.length && !/[\s,\]}]/.test(text[at] ?? "")) at += 1;
    return at;
  }
  let depth = 0;
  let at = start;
  do {
    const char = text[at];
    if (char === '"') {
      at = stringEnd(text, at);
      continue;
    }
    if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") depth -= 1;
    at += 1;
  } while (depth > 0);
  return at;
}
