import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { messageOf } from "./log";

/** Where HBase answers jobs: its REST server. */
export const hbaseSchema = z.strictObject({
  /** @example "http://hbase-rest:8080" */
  url: z.string().regex(/^https?:\/\/[^\s/]+$/, "must be http://host:port without a path"),
  /** How long one call may take. @default 60 000 */
  timeoutMs: z.int().min(100).optional(),
  /** How long HBase may be away, as while it moves regions of a RegionServer that died. @default 120 000 */
  patienceMs: z.int().min(0).optional(),
});

export type HBaseConfig = z.infer<typeof hbaseSchema>;

/** One value of a row. */
export interface Cell {
  /** `family:qualifier`. */
  readonly column: string;
  readonly value: string;
  /** Milliseconds since 1970; when written without one, HBase takes the time at which it writes. */
  readonly timestampMs?: number;
}

/** A row, its cells in the order of their columns. Keys and values are UTF-8 text. */
export interface Row {
  readonly key: string;
  readonly cells: readonly Cell[];
}

/** Which rows are read, and what of them. */
export interface Scan {
  /** First key. @default the table's first */
  readonly start?: string;
  /** Key before which the scan ends. @default behind the table's last */
  readonly stop?: string;
  /** What keys begin with. @default anything */
  readonly prefix?: string;
  /** Most rows. @default all */
  readonly limit?: number;
  /** `family:qualifier`. @default all */
  readonly columns?: readonly string[];
  /** In HBase's filter language, see `hbase-filter`. */
  readonly filter?: string;
  /** Only cells whose timestamp is this or later. */
  readonly fromMs?: number;
  /** Only cells whose timestamp is earlier. */
  readonly beforeMs?: number;
  /** Rows of one call. @default 1 000 */
  readonly pageRows?: number;
}

/** A part of a table. */
export interface Region {
  readonly startKey: string;
  readonly endKey: string;
  /** `host:port` of the RegionServer. */
  readonly location: string;
}

/** HBase as jobs use it. Every method throws HBaseError. */
export interface HBase {
  /** Undefined when there is no such row, or none of the columns in it. */
  get(table: string, key: string, columns?: readonly string[]): Promise<Row | undefined>;
  /** Writes cells; when it resolves, HBase has them in its log. */
  put(table: string, rows: readonly Row[]): Promise<void>;
  /** Rows in the order of their keys, in bounded memory. */
  scan(table: string, scan?: Scan): AsyncIterable<Row>;
  /** Names of a table's column families. */
  families(table: string): Promise<string[]>;
  regions(table: string): Promise<Region[]>;
}

/** A call that HBase refused, or that was not answered. The message is one line. */
export class HBaseError extends Error {
  override readonly name = "HBaseError";

  constructor(
    /** Method and path. */
    readonly call: string,
    /** HTTP status; 0 when there was no whole answer. */
    readonly status: number,
    detail: string,
    options?: ErrorOptions,
  ) {
    const said = [status === 0 ? "" : String(status), detail].filter((part) => part !== "").join(" ");
    super(`HBase, ${call}: ${said.replace(/\s+/g, " ").slice(0, 500)}`, options);
  }

  /** Whether the same call may succeed later. Calls write what they are told and are as good twice. */
  get retriable(): boolean {
    return this.status === 0 || PASSING.has(this.status);
  }
}

/** Statuses with which the REST server says that a RegionServer, or itself, could not serve now. */
const PASSING = new Set([429, 500, 502, 503, 504]);
const PAUSE_MS = 1_000;
const PAGE_ROWS = 1_000;

/** Rows as the REST server writes them: keys, columns and values in base64. */
export interface RestRows {
  readonly Row?: readonly RestRow[];
}

interface RestRow {
  readonly key: string;
  readonly Cell: readonly { readonly column: string; readonly timestamp?: number; readonly $: string }[];
}

/** HBase behind its REST server, any of several: no call depends on the one before. */
export function connectHBase({ url, timeoutMs = 60_000, patienceMs = 120_000 }: HBaseConfig): HBase {
  const once = async (method: string, path: string, body?: object): Promise<unknown> => {
    const title = `${method} ${path}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(url + path, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        headers: { accept: "application/json", ...(body ? { "content-type": "application/json" } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      // `fetch failed` says nothing; its cause does.
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new HBaseError(title, 0, messageOf(cause), { cause });
    }
    if (status >= 300) throw new HBaseError(title, status, withoutStack(text));
    if (text === "") return undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      // A RegionServer that dies in the middle of a scan leaves its JSON unfinished, behind a status that says all is well.
      throw new HBaseError(title, 0, `the answer is no whole JSON: ${messageOf(cause)}`, { cause });
    }
  };

  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      try {
        return (await once(method, path, body)) as T;
      } catch (error) {
        if (!(error instanceof HBaseError) || !error.retriable || performance.now() >= deadline) throw error;
        await setTimeout(PAUSE_MS);
      }
    }
  };

  /** Rows as the server counts them: one that comes in several pieces is several. */
  const pieces = async (path: string): Promise<Row[]> => {
    const answer = await call<RestRows | undefined>("GET", path);
    return answer ? rowsOf(answer) : [];
  };

  return {
    async get(table, key, columns = []) {
      const wanted = columns.map(encodeURIComponent).join(",");
      try {
        return merged(await pieces(`/${table}/${encodeURIComponent(key)}${wanted ? `/${wanted}` : ""}`))[0];
      } catch (error) {
        if (error instanceof HBaseError && error.status === 404) return undefined;
        throw error;
      }
    },
    async put(table, written) {
      if (written.length === 0) return;
      // The key in the path is not looked at where the body has rows.
      await call("PUT", `/${table}/rows`, { Row: written.map(restRowOf) });
    },
    async *scan(table, { limit = Number.POSITIVE_INFINITY, pageRows = PAGE_ROWS, ...wanted } = {}) {
      let start = wanted.start;
      for (let left = limit; left > 0; ) {
        const most = Math.min(pageRows, left);
        const came = await pieces(scanPath(table, { ...wanted, start }, most));
        const page = merged(came);
        yield* page;
        const last = page.at(-1);
        if (!last || came.length < most) return; // pieces fill a page, however few rows they make
        left -= page.length;
        start = `${last.key}\0`; // the least key behind it
      }
    },
    async families(table) {
      const { ColumnSchema } = await call<{ ColumnSchema: { name: string }[] }>("GET", `/${table}/schema`);
      return ColumnSchema.map(({ name }) => name);
    },
    async regions(table) {
      const { Region } = await call<{ Region: Region[] }>("GET", `/${table}/regions`);
      return Region.map(({ startKey, endKey, location }) => ({
        startKey: decoded(startKey),
        endKey: decoded(endKey),
        location,
      }));
    },
  };
}

/** The call for one page of a scan. */
function scanPath(table: string, { prefix = "", ...scan }: Scan, limit: number): string {
  const query = new URLSearchParams({ limit: String(limit) });
  const texts = { startrow: scan.start, endrow: scan.stop, filter: scan.filter };
  const times = { starttime: scan.fromMs, endtime: scan.beforeMs };
  for (const [name, value] of Object.entries({ ...texts, ...times })) {
    if (value !== undefined) query.set(name, String(value));
  }
  for (const column of scan.columns ?? []) query.append("column", column);
  return `/${table}/${encodeURIComponent(prefix)}*?${query}`;
}

/** What an answer says, without where in Java it was said. */
function withoutStack(text: string): string {
  const lines = text.split("\n").filter((line) => !/^\s*at /.test(line));
  return [...new Set(lines)].join("\n");
}

/** A row that came in several pieces, as one. */
function merged(pieces: readonly Row[]): Row[] {
  const whole: Row[] = [];
  for (const piece of pieces) {
    const last = whole.at(-1);
    if (last?.key === piece.key) whole[whole.length - 1] = { key: last.key, cells: [...last.cells, ...piece.cells] };
    else whole.push(piece);
  }
  return whole;
}

/** The rows of an answer of the REST server; one that came in pieces is there in pieces. */
export function rowsOf({ Row = [] }: RestRows): Row[] {
  return Row.map(rowOf);
}

function rowOf({ key, Cell }: RestRow): Row {
  const cells = Cell.map(({ column, timestamp, $ }) => ({
    column: decoded(column),
    value: decoded($),
    ...(timestamp === undefined ? {} : { timestampMs: timestamp }),
  }));
  return { key: decoded(key), cells };
}

function restRowOf({ key, cells }: Row): RestRow {
  return {
    key: encoded(key),
    Cell: cells.map(({ column, value, timestampMs }) => ({
      column: encoded(column),
      ...(timestampMs === undefined ? {} : { timestamp: timestampMs }),
      $: encoded(value),
    })),
  };
}

function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
