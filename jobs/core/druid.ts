import { z } from "zod";
import { messageOf } from "./log";

/** Where Druid answers: its Router, which passes calls on to whoever is responsible. */
export const druidSchema = z.strictObject({
  /** @example "http://druid-router:8888" */
  url: z.string().regex(/^https?:\/\/[^\s/]+$/, "must be http://host:port without a path"),
  /** How long one call may take. @default 60 000 */
  timeoutMs: z.int().min(100).optional(),
});

/** A datasource in a config. */
export const datasourceSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, "must be a lower-case name of at most 64 characters");

export type DruidConfig = z.infer<typeof druidSchema>;

/** A value for one `?` of a SQL query. @example { type: "VARCHAR", value: "2026-01-01" } */
export interface SqlParameter {
  readonly type: string;
  readonly value: unknown;
}

/** Druid as jobs use it. Paths start with `/druid/…` or `/status…`; every method throws DruidError. */
export interface Druid {
  /** The JSON of the answer; undefined when it is empty. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  delete<T>(path: string): Promise<T>;
  /** Rows of a query, one object each. Whole numbers are exact up to 2^53. */
  sql<T>(query: string, parameters?: readonly SqlParameter[], context?: object): Promise<T[]>;
}

/** Statuses with which the Router says that nobody could take the call now. */
const PASSING = new Set([429, 502, 503, 504]);
const TEXT_LIMIT = 500;

/** A call that Druid refused, or that was not answered in time or in full. The message is one line. */
export class DruidError extends Error {
  override readonly name = "DruidError";

  constructor(
    /** Method and path. */
    readonly call: string,
    /** HTTP status; 0 when there was no whole answer, so that nothing is known about the call's outcome. */
    readonly status: number,
    /** The answer as it came; empty when there was none. */
    readonly body: string,
    options?: ErrorOptions,
  ) {
    const reason = status === 0 ? messageOf(options?.cause) : `${status} ${explanation(body)}`.trimEnd();
    super(`Druid, ${call}: ${reason.replace(/\s+/g, " ").slice(0, TEXT_LIMIT)}`, options);
  }

  /** Whether the same call may succeed later without anything being changed. */
  get retriable(): boolean {
    return this.status === 0 || PASSING.has(this.status);
  }
}

/** Druid behind `url`. Connections are made when they are needed and kept for a while. */
export function connectDruid({ url, timeoutMs = 60_000 }: DruidConfig): Druid {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const title = `${method} ${path}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(url + path, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json; charset=utf-8" } }),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new DruidError(title, 0, "", { cause: reasonOf(cause) });
    }
    if (status >= 300) throw new DruidError(title, status, text);
    if (text.trim() === "") return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      // An error in the middle of a result leaves its JSON unfinished, behind a status that says all is well.
      throw new DruidError(title, 0, text, { cause: new Error(`the answer is no whole JSON: ${messageOf(cause)}`) });
    }
  };
  return {
    get: (path) => call("GET", path),
    post: (path, body) => call("POST", path, body),
    delete: (path) => call("DELETE", path),
    sql: (query, parameters = [], context = {}) =>
      call("POST", "/druid/v2/sql", { query, parameters, context, resultFormat: "object" }),
  };
}

/** What Druid says in an answer, whichever of its forms of errors it is. */
function explanation(body: string): string {
  try {
    return said(JSON.parse(body)).join(": ") || body;
  } catch {
    return body;
  }
}

/** The texts of an error; a task's is an object within the answer. */
function said(answer: unknown): string[] {
  if (typeof answer !== "object" || answer === null) return [];
  const texts = ["errorMessage", "error", "message"].flatMap((key) => {
    const value: unknown = Reflect.get(answer, key);
    return typeof value === "string" && value !== "druidException" ? [value] : said(value);
  });
  return [...new Set(texts)];
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): unknown {
  return error instanceof Error && error.name === "TypeError" && error.cause !== undefined ? error.cause : error;
}
