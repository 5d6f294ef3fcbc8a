import { describe, expect, test } from "vitest";
import { report } from "../../bench/report";

const table = { title: "warm", unit: "records", cores: 2 };
const ours = { name: "ours", count: 1_000, seconds: 2, cpuSeconds: 1, peakMiB: 99.6 };
const theirs = { name: "theirs", count: 1_000, seconds: 4, cpuSeconds: 8 };

const columns = (line: string | undefined) => line?.trim().split(/\s{2,}/);

describe("report", () => {
  test("has throughput per core and per CPU second, and ratios to the first", () => {
    const [title, head, first, second, ...ratios] = report(table, [ours, theirs]).split("\n");
    expect(title).toBe("warm");
    expect(columns(head)).toEqual(["records", "seconds", "CPU s", "records/s core", "records/CPU s", "peak MiB"]);
    expect(columns(first)).toEqual(["ours", "1000", "2.00", "1.00", "250", "1000", "100"]);
    expect(columns(second)).toEqual(["theirs", "1000", "4.00", "8.00", "125", "125", "-"]);
    expect(ratios).toEqual(["ours : theirs = 2.00 in throughput, 8.00 per CPU second"]);
  });

  test("compares throughput where the counts differ", () => {
    expect(report(table, [{ ...ours, count: 500 }, theirs])).toContain("ours : theirs = 1.00 in throughput, 4.00");
  });

  test("has a dash where nothing was left to measure", () => {
    const nothing = { name: "fast", count: 0, seconds: 0, cpuSeconds: 0 };
    const lines = report(table, [nothing, theirs]).split("\n");
    expect(columns(lines[2])).toEqual(["fast", "0", "0.00", "0.00", "-", "-", "-"]);
    expect(lines.at(-1)).toBe("fast : theirs = - in throughput, - per CPU second");
  });

  test("of one has no ratios", () => {
    expect(report(table, [ours]).split("\n")).toHaveLength(3);
  });
});
