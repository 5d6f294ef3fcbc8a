import { isEmpty, type Report } from "../core/report";

/** One report of several parts. A part that found nothing to compare is a difference: equal zeros prove nothing. */
export function joined(parts: ReadonlyMap<string, Report>): Report {
  const reports = [...parts.values()];
  const empty = [...parts].filter(([, report]) => isEmpty(report)).map(([part]) => part);
  return {
    checks: reports.flatMap(({ checks }) => checks),
    differences: [
      ...empty.map((part) => `${part}: there is nothing to compare`),
      ...reports.flatMap(({ differences }) => differences),
    ],
    notes: reports.flatMap(({ notes }) => notes),
  };
}
