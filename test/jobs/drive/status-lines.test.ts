import { describe, expect, test } from "vitest";
import { formatLogDate, parseLogDate } from "../../../jobs/core/driver-log";
import { lastInterval, type StatusPlan, statusLine } from "../../../jobs/drive/status-lines";

const plan: StatusPlan = { seed: 1, cars: 100, status: { lines: 5_000, everySeconds: 600, garbageShare: 0.1 } };
const second = (date: string) => parseLogDate(date) ?? Number.NaN;

describe("the last interval", () => {
  test.each([
    [600, "20260124160959", "20260124155000", "20260124160000"],
    [600, "20260124161000", "20260124160000", "20260124161000"],
    [600, "20260124000959", "20260123235000", "20260124000000"],
    [86_400, "20260124000000", "20260123000000", "20260124000000"],
    [86_400, "20260124235959", "20260123000000", "20260124000000"],
    // What a day is no multiple of: its last interval is longer, and the next begins at midnight.
    [50_000, "20260124235959", "20260123000000", "20260124000000"],
    [25_000, "20260124235959", "20260124065640", "20260124135320"],
    [25_000, "20260125000000", "20260124135320", "20260125000000"],
  ])("of %i s, at %s: from %s to %s", (everySeconds, now, from, to) => {
    const found = lastInterval(everySeconds, second(now));
    expect([formatLogDate(found.from), formatLogDate(found.to)]).toEqual([from, to]);
  });
});

describe("the lines of a file", () => {
  const interval = { from: second("20260124000000"), to: second("20260124001000") };
  const lines = Array.from({ length: plan.status.lines }, (_, index) => statusLine(plan, interval, index));
  const good = lines.filter(({ garbage }) => !garbage).map(({ text }) => text);

  test("are garbage as often as asked for: and those are the ones that do not begin with 14 digits", () => {
    expect((lines.length - good.length) / lines.length).toBeCloseTo(0.1, 1);
    for (const { text, garbage } of lines) expect(/^\d{14}/.test(text)).toBe(!garbage);
    const none = { ...plan, status: { ...plan.status, garbageShare: 0 } };
    expect(lines.every((_, index) => !statusLine(none, interval, index).garbage)).toBe(true);
  });

  test("have the documented fields", () => {
    const pattern = /^\d{14},[A-Z]\d{4,6}(,([789]\d|100)){4}(,[01]){4}(,[ABC]){2},([2-9]\d|100)$/;
    for (const text of good) expect(text).toMatch(pattern);
  });

  test("are in the order of time, within their interval, and no car has two of a second", () => {
    const dates = good.map((text) => text.slice(0, 14));
    expect(dates).toEqual([...dates].sort());
    expect(dates[0]).toBe("20260124000000");
    expect((dates.at(-1) ?? "") < "20260124001000").toBe(true);
    expect(new Set(good.map((text) => text.split(",").slice(0, 2).join())).size).toBe(good.length);
  });

  test("no car has two of a second either when there are as many as there may be", () => {
    const full = { seed: 1, cars: 7, status: { lines: 7 * 600 - 3, everySeconds: 600, garbageShare: 0 } };
    const keys = Array.from({ length: full.status.lines }, (_, index) =>
      statusLine(full, interval, index).text.split(",").slice(0, 2).join(),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("make about 100 MB of a day of 100 cars", () => {
    const bytes = good.reduce((sum, text) => sum + text.length + 1, 0) / good.length;
    expect((bytes * 2_200_000) / 1e6).toBeGreaterThan(95);
    expect((bytes * 2_200_000) / 1e6).toBeLessThan(115);
  });
});
