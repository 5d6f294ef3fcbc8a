import { javaDouble } from "../core/java-double";

/** A value of a JSON text as Spark reads it. */
export type SparkJson =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "null" }
  /** Anything else, with the text by which Spark passes it on as a string. */
  | { readonly kind: "other"; readonly raw: string; readonly respelled: string };

/** A field of an object, in the order in which they stand; names may repeat. */
export type SparkField = readonly [name: string, value: SparkJson];

/** What the parser that Spark uses allows: depth, and characters of a number. */
const MOST_NESTED = 1_000;
const MOST_DIGITS = 1_000;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.])/y;
const NOT_A_NUMBER = /(?:NaN|[+-]?Infinity)(?!\w)/y;
const WORD = /(?:true|false|null)(?!\w)/y;
const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/**
 * The fields of the object that a text begins with, as Spark's `from_json` sees them in its default mode: single quotes and
 * NaN are allowed, and what comes behind the object is not read. Undefined when Spark finds no object there.
 */
export function sparkFields(text: string): readonly SparkField[] | undefined {
  try {
    return new Parser(text).object();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** A JSON string as Spark writes it: what must be escaped is, `\u` in upper case, and half a surrogate pair is a question mark. */
export function sparkText(text: string): string {
  const quoted = JSON.stringify(text.replace(/\p{Surrogate}/gu, "?"));
  return quoted.replace(/\\(?:u([0-9a-f]{4})|.)/g, (all, code) =>
    code === undefined ? all : `\\u${code.toUpperCase()}`,
  );
}

class Unreadable extends Error {}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  object(): SparkField[] {
    const fields: SparkField[] = [];
    this.members(0, (name, value) => fields.push([name, value]));
    return fields;
  }

  private members(depth: number, take: (name: string, value: SparkJson) => void): void {
    this.expect("{");
    if (this.is("}")) return;
    do {
      const name = this.string();
      this.expect(":");
      take(name, this.value(depth + 1));
    } while (this.is(","));
    this.expect("}");
  }

  private value(depth: number): SparkJson {
    if (depth > MOST_NESTED) throw new Unreadable();
    this.skip();
    const start = this.text[this.at];
    if (start === '"' || start === "'") return { kind: "text", text: this.string() };
    if (start === "{") {
      const parts: string[] = [];
      this.members(depth, (name, value) => parts.push(`${sparkText(name)}:${respelled(value)}`));
      return other(`{${parts.join(",")}}`);
    }
    if (start === "[") {
      this.expect("[");
      const parts: string[] = [];
      if (!this.is("]")) {
        do parts.push(respelled(this.value(depth + 1)));
        while (this.is(","));
        this.expect("]");
      }
      return other(`[${parts.join(",")}]`);
    }
    const word = this.match(WORD)?.[0];
    if (word !== undefined) return word === "null" ? { kind: "null" } : other(word);
    const none = this.match(NOT_A_NUMBER)?.[0];
    if (none !== undefined) return other(doubleText(Number(none)));
    const number = this.match(NUMBER);
    if (!number || number[0].length > MOST_DIGITS) throw new Unreadable();
    const [raw, fraction, exponent] = number;
    if (fraction !== undefined || exponent !== undefined) {
      return { kind: "other", raw, respelled: doubleText(Number(raw)) };
    }
    return { kind: "other", raw, respelled: String(BigInt(raw)) };
  }

  private string(): string {
    this.skip();
    const quote = this.text[this.at];
    if (quote !== '"' && quote !== "'") throw new Unreadable();
    let found = "";
    for (this.at += 1; ; this.at += 1) {
      const char = this.text[this.at];
      if (char === undefined || char < " ") throw new Unreadable();
      if (char === quote) break;
      found += char === "\\" ? this.escape() : char;
    }
    this.at += 1;
    return found;
  }

  private escape(): string {
    this.at += 1;
    const char = this.text[this.at] ?? "";
    if (char === "u") {
      const code = this.text.slice(this.at + 1, this.at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(code)) throw new Unreadable();
      this.at += 4;
      return String.fromCharCode(Number.parseInt(code, 16));
    }
    if (!`"\\/bfnrt'`.includes(char) || char === "") throw new Unreadable();
    return ESCAPES[char] ?? char;
  }

  private skip(): void {
    this.match(SPACE, false);
  }

  private expect(char: string): void {
    if (!this.is(char)) throw new Unreadable();
  }

  private is(char: string): boolean {
    this.skip();
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  private match(pattern: RegExp, skip = true): RegExpExecArray | null {
    if (skip) this.skip();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }
}

function other(text: string): SparkJson {
  return { kind: "other", raw: text, respelled: text };
}

function respelled(value: SparkJson): string {
  if (value.kind === "text") return sparkText(value.text);
  return value.kind === "null" ? "null" : value.respelled;
}

/** Every number with a fraction or an exponent is a double; what is no number is a string. */
function doubleText(value: number): string {
  const text = javaDouble(value);
  return Number.isFinite(value) ? text : JSON.stringify(text);
}
