import { formatLogDate, parseLogDate, type Reading } from "../core/driver-log";
import type { HBase, Row } from "../core/hbase";

/** Names of the columns, in the order of the fields of a line. */
const COLUMNS: readonly (readonly [column: string, field: keyof Reading])[] = [
  ["date", "date"],
  ["car_number", "carNumber"],
  ["speed_pedal", "speedPedal"],
  ["break_pedal", "breakPedal"],
  ["steer_angle", "steerAngle"],
  ["direct_light", "directLight"],
  ["speed", "speed"],
  ["area_number", "areaNumber"],
];

/** How the rows of a second differ from its readings. */
export interface RowDifferences {
  /** Keys that are not in the table. */
  readonly missing: readonly string[];
  /** Keys of no reading. */
  readonly foreign: readonly string[];
  /** Keys whose columns or times are others, with what they are. */
  readonly other: readonly string[];
}

/** Row key of a reading: its date from behind, so that rows of neighbouring seconds are in different regions. */
export function rowKey({ date, carNumber }: Pick<Reading, "date" | "carNumber">): string {
  return `${reversed(date)}-${carNumber}`;
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
  for await (const row of hbase.scan(name, { prefix: `${reversed(formatLogDate(second))}-` })) {
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
  for (const [column, field] of COLUMNS) {
    const cell = found.get(`${family}:${column}`);
    if (!cell) return `has no ${column}`;
    if (cell.value !== reading[field]) return `${column} is "${cell.value}", not "${reading[field]}"`;
    if (cell.timestampMs !== atMs) return `${column} is of ${cell.timestampMs}, not of ${atMs}`;
  }
  return found.size > COLUMNS.length ? `has ${found.size} columns, not ${COLUMNS.length}` : undefined;
}

function reversed(text: string): string {
  return [...text].reverse().join("");
}
