import { expect, test } from "vitest";
import { conclusion, single, skippedPart, summarize } from "../../cli/test-report";

const file = (name: string, statuses: string[], status = statuses.includes("failed") ? "failed" : "passed") => ({
  name: `/root/test/${name}`,
  status,
  assertionResults: statuses.map((s, i) => ({ fullName: `case ${i}`, status: s })),
});
const report = (...testResults: ReturnType<typeof file>[]) => JSON.stringify({ testResults });

test("passed, failed and skipped tests are counted, and the failed ones named", () => {
  const result = summarize("unit", report(file("a.test.ts", ["passed", "failed", "skipped"])), 1, "/root");
  expect(result).toMatchObject({ passed: 1, failed: 1, skipped: 1, failures: ["test/a.test.ts › case 1"] });
});

test("a file that could not be loaded is a failure, though none of its tests failed", () => {
  const result = summarize("unit", report(file("a.test.ts", [], "failed")), 1, "/root");
  expect(result).toMatchObject({ passed: 0, failed: 1 });
});

test("an exit code without a failed test is a failure", () => {
  expect(summarize("unit", report(file("a.test.ts", ["passed"])), 1, "/root").failed).toBe(1);
  expect(summarize("unit", report(file("a.test.ts", ["passed"])), 0, "/root").failed).toBe(0);
});

test("the last line is the sum, alone, and names the skipped only where there are any", () => {
  const last = (text: string) => text.split("\n").at(-1);
  const unit = summarize("unit", report(file("a.test.ts", ["passed", "passed"])), 0, "/root");
  expect(last(conclusion([unit, single("lint", undefined)]))).toBe("3 passed, 0 failed");
  expect(last(conclusion([unit, single("lint", "bad"), skippedPart("cluster", "no root")]))).toBe(
    "2 passed, 1 failed, 1 skipped",
  );
});
