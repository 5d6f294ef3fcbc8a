import { readFileSync } from "node:fs";
import { relative } from "node:path";

/** What one part of `lab test` found. */
export interface PartResult {
  /** `lint`, `types`, `unit`, `policy`, `cluster`. */
  readonly part: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One entry per failed test, one line each, for the list at the end. */
  readonly failures: string[];
  /** Why something was skipped, one line each. */
  readonly reasons: string[];
}

/** The fields of vitest's JSON report that are read here (the shape of Jest's). */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Sums a vitest JSON report. A file that could not even be loaded counts as one failed test, and a run that ended with a
 * bad exit code though no test failed (an unhandled rejection, a crash) as one as well: red never looks green.
 */
export function summarize(part: string, json: string, exitCode: number, root: string): PartResult {
  const report = JSON.parse(json) as VitestReport;
  const failures: string[] = [];
  const reasons: string[] = [];
  let passed = 0;
  for (const file of report.testResults) {
    const name = relative(root, file.name);
    const bad = file.assertionResults.filter(({ status }) => status === "failed");
    failures.push(...bad.map(({ fullName }) => `${name} › ${fullName.trim()}`));
    if (file.status === "failed" && bad.length === 0) {
      failures.push(`${name} › ${firstLine(file.message) ?? "could not be run"}`);
    }
    passed += file.assertionResults.filter(({ status }) => status === "passed").length;
    const left = file.assertionResults.filter(({ status }) => status !== "passed" && status !== "failed");
    reasons.push(...left.map(({ fullName }) => `${name} › ${fullName.trim()}`));
  }
  if (exitCode !== 0 && failures.length === 0) failures.push(`${part} › vitest ended with exit code ${exitCode}`);
  return { part, passed, failed: failures.length, skipped: reasons.length, failures, reasons };
}

/** {@link summarize} of a report file; a run that left none counts as one failure. */
export function summarizeFile(part: string, path: string, exitCode: number, root: string): PartResult {
  try {
    return summarize(part, readFileSync(path, "utf8"), exitCode, root);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const failures = [`${part} › left no report (exit code ${exitCode}): ${why}`];
    return { part, passed: 0, failed: 1, skipped: 0, failures, reasons: [] };
  }
}

/** The result of a check that is one test: passed, or failed with a reason. */
export function single(part: string, problem: string | undefined): PartResult {
  const failures = problem === undefined ? [] : [`${part} › ${problem}`];
  return { part, passed: 1 - failures.length, failed: failures.length, skipped: 0, failures, reasons: [] };
}

/** A part that cannot run here: counted, with the reason. */
export function skippedPart(part: string, why: string): PartResult {
  return { part, passed: 0, failed: 0, skipped: 1, failures: [], reasons: [`${part} › skipped: ${why}`] };
}

/** What is printed at the end; the last line is exactly `N passed, N failed` (`, N skipped` where there are any). */
export function conclusion(results: readonly PartResult[]): string {
  const total = (pick: (r: PartResult) => number): number => results.reduce((sum, r) => sum + pick(r), 0);
  const skipped = total((r) => r.skipped);
  const counts = (p: number, f: number, s: number): string =>
    `${p} passed, ${f} failed${s > 0 ? `, ${s} skipped` : ""}`;
  return [
    ...results.map((r) => `${r.part.padEnd(8)} ${counts(r.passed, r.failed, r.skipped)}`),
    ...results.flatMap((r) => r.failures.map((f) => `failed: ${f}`)),
    ...results.flatMap((r) => r.reasons),
    counts(
      total((r) => r.passed),
      total((r) => r.failed),
      skipped,
    ),
  ].join("\n");
}

function firstLine(text: string | undefined): string | undefined {
  return text
    ?.split("\n")
    .find((line) => line.trim() !== "")
    ?.trim();
}
