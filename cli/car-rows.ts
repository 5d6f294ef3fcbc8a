import type { Cell, Row, Scan } from "../jobs/core/hbase";
import { allOf, type ColumnCondition, type Comparison, columnValue, rowRegex } from "../jobs/core/hbase-filter";
import { READING_COLUMNS } from "../jobs/core/reading-rows";
import { READINGS_FAMILY, READINGS_TABLE } from "../stacks/smartcar-names";

/** The table of readings, and what a row of it holds. */
export const CARS = {
  table: READINGS_TABLE,
  columns: READING_COLUMNS.map(([column]) => column) as readonly string[],
};

const CONDITION = /^([a-z_]+)(!=|!~|=|~)(.*)$/s;
const ASSIGNMENT = /^([a-z_]+)=(.*)$/s;
/** A reading's second, reversed, and its car. */
const KEY = /^\d{14}-[A-Z]\d{4,6}$/;

/** What `lab cars scan` was asked for, as it was typed. */
export interface ScanRequest {
  readonly conditions: readonly string[];
  readonly start?: string;
  readonly stop?: string;
  readonly prefix?: string;
  readonly row?: string;
  readonly columns?: string;
  readonly limit?: string;
}

/** A scan, and the columns that are shown of what it finds. */
export interface CarScan {
  readonly scan: Scan;
  readonly shown: readonly string[];
}

/** Rows shown when nobody says how many. */
const LIMIT = 20;

/** The scan a request means. @throws with one line for what is not understood */
export function carScan({
  conditions,
  start,
  stop,
  prefix,
  row,
  columns,
  limit = String(LIMIT),
}: ScanRequest): CarScan {
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1) throw new Error(`--limit must be a whole number from 1, got "${limit}"`);
  const shown = columns === undefined ? CARS.columns : columns.split(",").map(knownColumn);
  const asked = conditions.map(conditionOf);
  // HBase compares only what it reads.
  const read = [...new Set([...shown.map(qualified), ...asked.map(({ column }) => column)])];
  const filter = allOf([...(row === undefined ? [] : [rowRegex(row)]), ...asked.map(columnValue)]);
  return {
    shown,
    scan: { start, stop, prefix, limit: most, filter, columns: read.length < CARS.columns.length ? read : undefined },
  };
}

/** The cells of `column=value` words. @throws with one line for what is not understood */
export function assignments(words: readonly string[]): Cell[] {
  return words.map((word) => {
    const [, column, value] = ASSIGNMENT.exec(word) ?? [];
    if (column === undefined || value === undefined) throw new Error(`column=value was expected, got "${word}"`);
    return { column: qualified(knownColumn(column)), value };
  });
}

/** A key as rows have it. @throws with one line when it cannot be one */
export function rowKey(text: string): string {
  if (KEY.test(text)) return text;
  throw new Error(`a key is the second reversed and the car, as 00016062402202-O0010; got "${text}"`);
}

/** A row's values in the order of `columns`; null for one it lacks. */
export function valuesOf({ cells }: Row, columns: readonly string[]): (string | null)[] {
  const values = new Map(cells.map(({ column, value }) => [column, value]));
  return columns.map((column) => values.get(qualified(column)) ?? null);
}

function conditionOf(word: string): ColumnCondition {
  const [, column, comparison, value] = CONDITION.exec(word) ?? [];
  if (column === undefined || value === undefined) {
    throw new Error(`a condition is column=value, column!=value, column~regex or column!~regex; got "${word}"`);
  }
  return { column: qualified(knownColumn(column)), comparison: comparison as Comparison, value };
}

function knownColumn(column: string): string {
  if (CARS.columns.includes(column)) return column;
  throw new Error(`no column "${column}"; there are: ${CARS.columns.join(", ")}`);
}

function qualified(column: string): string {
  return `${READINGS_FAMILY}:${column}`;
}
