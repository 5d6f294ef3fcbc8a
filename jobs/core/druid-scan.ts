import type { DruidConfig } from "./druid";
import { DruidError } from "./druid";

/** What to read of a datasource. */
export interface Scan {
  readonly datasource: string;
  /** @example "2026-01-14T15:00:00.000Z/2026-01-15T15:00:00.000Z" */
  readonly interval: string;
  readonly columns: readonly string[];
  /** Columns computed by an expression of Druid's, as text. */
  readonly texts?: Readonly<Record<string, string>>;
  /** A native filter. */
  readonly filter?: object;
  /** Rows that Druid holds at a time. @default 2000 */
  readonly batchRows?: number;
}

/** A day's rows may take longer than Druid gives a query by itself. */
const TIMEOUT_MS = 3_600_000;

/** One row's values, in the order of the columns. */
export type ScanRow = readonly unknown[];

/**
 * All rows of a scan, in pieces. Neither Druid nor the caller ever holds more than a few pieces: a SQL query would have
 * Druid gather 20 480 rows at a time, however large they are. A datasource that does not exist has no rows.
 * @throws DruidError, also when the answer ends before its end
 */
export async function* scanRows({ url }: DruidConfig, scan: Scan): AsyncGenerator<readonly ScanRow[]> {
  const { datasource, interval, columns, texts = {}, filter, batchRows = 2_000 } = scan;
  const title = `scan of ${datasource}`;
  const query = {
    queryType: "scan",
    dataSource: datasource,
    intervals: [interval],
    columns: [...columns, ...Object.keys(texts)],
    virtualColumns: Object.entries(texts).map(([name, expression]) => ({
      type: "expression",
      name,
      expression,
      outputType: "STRING",
    })),
    ...(filter === undefined ? {} : { filter }),
    resultFormat: "compactedList",
    batchSize: batchRows,
    context: { timeout: TIMEOUT_MS },
  };
  const elements = new ArrayElements();
  try {
    const headers = { "content-type": "application/json; charset=utf-8" };
    const response = await fetch(`${url}/druid/v2`, { method: "POST", headers, body: JSON.stringify(query) });
    if (!response.ok) throw new DruidError(title, response.status, await response.text());
    const text = new TextDecoder("utf-8", { fatal: true });
    for await (const piece of response.body ?? []) {
      for (const element of elements.take(text.decode(piece, { stream: true }))) yield rowsOf(element);
    }
  } catch (error) {
    if (error instanceof DruidError) throw error;
    throw new DruidError(title, 0, "", {
      cause: error instanceof Error && error.cause !== undefined ? error.cause : error,
    });
  }
  if (!elements.complete) throw new DruidError(title, 0, "", { cause: new Error("the answer ends before its end") });
}

function rowsOf(element: string): readonly ScanRow[] {
  return (JSON.parse(element) as { events: ScanRow[] }).events;
}

/** Cuts a JSON array into the texts of its elements, which are objects, while it comes in. */
export class ArrayElements {
  private rest = "";
  private at = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;

  /** Whether the array has been closed. */
  complete = false;

  /** Takes the next piece of the text. @returns the elements it completes */
  take(piece: string): string[] {
    this.rest += piece;
    const { rest } = this;
    const found: string[] = [];
    let start = 0;
    for (; this.at < rest.length; this.at += 1) {
      const code = rest.charCodeAt(this.at);
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (code === 92) this.escaped = true;
        else if (code === 34) this.inString = false;
      } else if (code === 34) {
        this.inString = true;
      } else if (code === 123 || code === 91) {
        this.depth += 1;
        if (this.depth === 2) start = this.at;
      } else if (code === 125 || code === 93) {
        this.depth -= 1;
        if (this.depth === 0) this.complete = true;
        if (this.depth !== 1) continue;
        found.push(rest.slice(start, this.at + 1));
        start = this.at + 1;
      }
    }
    this.rest = rest.slice(start);
    this.at -= start;
    return found;
  }
}
