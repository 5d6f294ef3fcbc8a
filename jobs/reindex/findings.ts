import type { Druid } from "../core/druid";
import { sqlOrNothing } from "../core/druid-rows";
import { instantsOf } from "../core/seoul-day";
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
  const { from, to } = instantsOf(day);
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
