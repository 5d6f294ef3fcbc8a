/** One figure that must be what it is expected to be. */
export interface Check {
  readonly name: string;
  readonly expected: number;
  readonly actual: number;
}

/** The result of a verification. */
export interface Report {
  readonly checks: readonly Check[];
  /** Differing records and rows, one line each. */
  readonly differences: readonly string[];
  readonly notes: readonly string[];
}

/** Whether there was nothing to compare: every figure is 0, so that equal figures prove nothing. */
export function isEmpty({ checks, differences }: Report): boolean {
  return differences.length === 0 && checks.every(({ expected, actual }) => expected === 0 && actual === 0);
}

/** Whether there was something to check and everything agrees. */
export function agrees(report: Report): boolean {
  return (
    !isEmpty(report) &&
    report.differences.length === 0 &&
    report.checks.every(({ expected, actual }) => expected === actual)
  );
}

/** The report on a pipeline as people read it. @param most differing rows shown */
export function reportText(pipeline: string, report: Report, most: number): string {
  const rows = [
    ["check", "expected", "actual", ""],
    ...report.checks.map(({ name, expected, actual }) => [
      name,
      String(expected),
      String(actual),
      expected === actual ? "ok" : "DIFFERS",
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  for (const note of report.notes) lines.push(`note: ${note}`);
  for (const difference of report.differences.slice(0, most)) lines.push(`differs: ${difference}`);
  if (report.differences.length > most) lines.push(`… and ${report.differences.length - most} more`);
  if (isEmpty(report)) lines.push(`${pipeline}: nothing to check in this range: it holds no events`);
  else lines.push(`${pipeline}: ${agrees(report) ? "everything agrees" : "there are differences"}`);
  return `${lines.join("\n")}\n`;
}
