import { describe, expect, test } from "vitest";
import { HEADING, judge, type Sample, stepLine } from "../../bench/smartcar/judge";

const samples = (lag: (second: number) => number, seconds = 60): Sample[] =>
  Array.from({ length: seconds / 5 + 1 }, (_, index) => ({
    at: index * 5,
    written: index * 5 * 1000,
    lag: lag(index * 5),
    busySeconds: 100 + index * 5 * 1.5,
  }));

describe("a step", () => {
  test("holds while the lag swings and does not grow", () => {
    const { holds, perSecond, cores } = judge(samples((second) => 30_000 + (second % 10 === 0 ? 2_000 : 0)));
    expect({ holds, perSecond, cores }).toEqual({ holds: true, perSecond: 1000, cores: 1.5 });
  });

  test("holds when the lag has grown at its begin only", () => {
    expect(judge(samples((second) => Math.min(second, 25) * 1000)).holds).toBe(true);
  });

  test("falls behind when the lag grows by more than a twentieth of what is written", () => {
    expect(judge(samples((second) => 30_000 + second * 40)).holds).toBe(true);
    expect(judge(samples((second) => 30_000 + second * 60)).holds).toBe(false);
  });

  test("says its lag in seconds of its own load", () => {
    expect(judge(samples(() => 30_000)).lagSeconds).toEqual([30, 30]);
  });

  test("cannot be judged by a few samples, or when nothing was written", () => {
    expect(() => judge(samples(() => 0, 20))).toThrow("5 samples are too few");
    expect(() => judge(samples(() => 0).map((one) => ({ ...one, written: 7 })))).toThrow("nothing was written");
  });

  test("is a line under the heading", () => {
    const line = stepLine("100 cars", judge(samples(() => 30_000)), 4096);
    expect(line.split(/\s{2,}/)).toEqual(["100 cars", "1000", "3.91", "30.0", "30.0", "1.50", "holds"]);
    expect(line.indexOf("1000") + 4).toBe(HEADING.indexOf("readings/s") + 10);
  });
});
