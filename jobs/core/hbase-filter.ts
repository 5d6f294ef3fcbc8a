/** How a text is compared: equal, not equal, or by a regular expression of Java that matches a part of it, or does not. */
export type Comparison = "=" | "!=" | "~" | "!~";

/** A condition on one column. */
export interface ColumnCondition {
  /** `family:qualifier`. */
  readonly column: string;
  readonly comparison: Comparison;
  readonly value: string;
}

/** Rows whose key a regular expression of Java finds, in HBase's filter language. */
export function rowRegex(pattern: string): string {
  return `RowFilter(=, ${quoted(`regexstring:${pattern}`)})`;
}

/** Rows that have the column, with a value that meets the condition. The scan must read the column. */
export function columnValue({ column, comparison, value }: ColumnCondition): string {
  const colon = column.indexOf(":");
  const operator = comparison.startsWith("!") ? "!=" : "=";
  const comparator = comparison.endsWith("~") ? "regexstring" : "binary";
  const parts = [quoted(column.slice(0, colon)), quoted(column.slice(colon + 1)), operator];
  return `SingleColumnValueFilter(${[...parts, quoted(`${comparator}:${value}`), "true", "true"].join(", ")})`;
}

/** All of several filters; undefined for none. */
export function allOf(filters: readonly string[]): string | undefined {
  return filters.length === 0 ? undefined : filters.map((filter) => `(${filter})`).join(" AND ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
