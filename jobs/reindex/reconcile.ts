import type { Findings } from "./findings";
import type { TaskCounts } from "./progress";

/** What is known of a reindexed day, from four sources. */
export interface DayCounts {
  readonly day: string;
  /** By the findings' datasource. */
  readonly found: Findings;
  /** By the counters of the task that counted the lines. */
  readonly counted: TaskCounts;
  /** By the counters of the task that wrote the events. */
  readonly written: TaskCounts;
  /** By a query of the events. */
  readonly queryable: number;
}

/** Lines of the same id and time as another one. */
export function duplicatesOf({ found, written }: DayCounts): number {
  return found.events - written.rows;
}

/** What does not add up, one line each; nothing when every line is accounted for. */
export function discrepancies(counts: DayCounts): string[] {
  const { found, counted, written, queryable } = counts;
  const differ = (title: string, a: number, b: number) => (a === b ? [] : [`${title}: ${a} and ${b}`]);
  return [
    ...differ("lines read and lines found out about", counted.lines, found.lines),
    ...differ("lines read for the findings and for the events", counted.lines, written.lines),
    ...differ("events of the day by the findings and by the task that wrote them", found.events, written.kept),
    ...differ("rows written and rows in queries", written.rows, queryable),
    ...(duplicatesOf(counts) < 0 ? [`more rows (${written.rows}) than events (${found.events})`] : []),
    ...(written.rows === 0 && found.events > 0 ? [`no rows for ${found.events} events`] : []),
  ];
}

/** The day in one line. */
export function summary(counts: DayCounts, seconds: number): string {
  const { day, found, written } = counts;
  const malformed = [...found.malformed].sort(([a], [b]) => (a < b ? -1 : 1));
  const aside = malformed.reduce((total, [, lines]) => total + lines, 0);
  const reasons =
    malformed.length > 0 ? ` (${malformed.map(([reason, lines]) => `${reason} ${lines}`).join(", ")})` : "";
  return (
    `${day}: ${found.lines} lines = ${written.rows} rows + ${duplicatesOf(counts)} duplicates + ` +
    `${found.otherDays} of other days + ${aside} malformed${reasons}, in ${seconds.toFixed(1)} s`
  );
}
