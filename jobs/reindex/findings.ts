import type { Druid } from "../core/druid";
import { intervalOf } from "../core/seoul-day";
import { EVENT, OTHER_DAY } from "./sql";

/** What the lines of a day's files were found to be. */
export interface Findings {
  readonly lines: number;
  /** Lines that are events of the day, duplicates among them. */
  readonly events: number;
  /** Events of other days: most of what is in the directories beside the day's own. */
  readonly otherDays: number;
  /** Lines that are no events, by reason, in all directories read. */
  readonly malformed: ReadonlyMap<string, number>;
}

interface Counted {
  readonly finding: string;
  readonly lines: number;
}

/** Reads the findings of a day. A datasource without rows is none to SQL. */
export async function readFindings(druid: Pick<Druid, "sql">, datasource: string, day: string): Promise<Findings> {
  const [from, to] = intervalOf(day).split("/");
  const rows = await sqlOrNothing<Counted>(
    druid,
    datasource,
    `SELECT "finding", SUM("lines") AS "lines" FROM "${datasource}"
     WHERE "__time" >= TIME_PARSE(?) AND "__time" < TIME_PARSE(?) GROUP BY "finding"`,
    [from, to],
  );
  return findingsOf(rows);
}

/** Adds up rows of findings. */
export function findingsOf(rows: readonly Counted[]): Findings {
  const of = (finding: string) => rows.find((row) => row.finding === finding)?.lines ?? 0;
  const malformed = rows.filter(({ finding }) => finding !== EVENT && finding !== OTHER_DAY);
  return {
    lines: rows.reduce((total, { lines }) => total + lines, 0),
    events: of(EVENT),
    otherDays: of(OTHER_DAY),
    malformed: new Map(malformed.map(({ finding, lines }) => [finding, lines])),
  };
}

/** Rows of a query; none when Druid does not know the datasource, because nothing was ever written into it. */
export async function sqlOrNothing<T>(
  druid: Pick<Druid, "sql">,
  datasource: string,
  query: string,
  texts: readonly (string | undefined)[],
): Promise<T[]> {
  const known = await druid.sql<{ n: number }>(
    "SELECT COUNT(*) AS n FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'druid' AND TABLE_NAME = ?",
    [{ type: "VARCHAR", value: datasource }],
  );
  if ((known[0]?.n ?? 0) === 0) return [];
  return druid.sql<T>(
    query,
    texts.map((value) => ({ type: "VARCHAR", value })),
  );
}
