import type { Druid } from "./druid";

/**
 * Rows of a SQL query on a datasource; none when Druid does not know it, because nothing was ever written into it.
 * @param texts values for the query's `?`
 */
export async function sqlOrNothing<T>(
  druid: Pick<Druid, "sql">,
  datasource: string,
  query: string,
  texts: readonly string[],
): Promise<T[]> {
  const known = await druid.sql<{ n: number }>(
    "SELECT COUNT(*) AS n FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'druid' AND TABLE_NAME = ?",
    [varchar(datasource)],
  );
  return (known[0]?.n ?? 0) === 0 ? [] : druid.sql<T>(query, texts.map(varchar));
}

/** A text for a `?` of a query. */
export function varchar(value: string): { type: "VARCHAR"; value: string } {
  return { type: "VARCHAR", value };
}
