import { formatLogDate, parseLogDate, type Reading } from "../core/driver-log";
import type { HBase, Row } from "../core/hbase";
import { READING_COLUMNS, rowKey, secondPrefix } from "../core/reading-rows";

/** How the rows of a second differ from its readings. */
export interface RowDifferences {
  /** Keys that are not in the table. */
  readonly missing: readonly string[];
  /** Keys of no reading. */
  readonly foreign: readonly string[];
  /** Keys whose columns or times are others, with what they are. */
  readonly other: readonly string[];
}

/** Compares the rows of one second with its readings. */
export async function compareSecond(
  hbase: Pick<HBase, "scan">,
  { name, family }: { readonly name: string; readonly family: string },
  second: number,
  readings: readonly Reading[],
): Promise<RowDifferences> {
  const expected = new Map(readings.map((reading) => [rowKey(reading), reading]));
  const foreign: string[] = [];
  const other: string[] = [];
  for await (const row of hbase.scan(name, { prefix: secondPrefix(formatLogDate(second)) })) {
    const reading = expected.get(row.key);
    if (!reading) {
      foreign.push(row.key);
      continue;
    }
    expected.delete(row.key);
    const difference = differenceOf(row, reading, family);
    if (difference !== undefined) other.push(`${row.key}: ${difference}`);
  }
  return { missing: [...expected.keys()], foreign, other };
}

/** What of a row is not as its reading; undefined when all is. */
function differenceOf({ cells }: Row, reading: Reading, family: string): string | undefined {
  const atMs = (parseLogDate(reading.date) ?? 0) * 1000;
  const found = new Map(cells.map((cell) => [cell.column, cell]));
  for (const [column, field] of READING_COLUMNS) {
    const cell = found.get(`${family}:${column}`);
    if (!cell) return `has no ${column}`;
    if (cell.value !== reading[field]) return `${column} is "${cell.value}", not "${reading[field]}"`;
    if (cell.timestampMs !== atMs) return `${column} is of ${cell.timestampMs}, not of ${atMs}`;
  }
  return found.size > READING_COLUMNS.length ? `has ${found.size} columns, not ${READING_COLUMNS.length}` : undefined;
}
