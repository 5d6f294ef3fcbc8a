import { expect, test } from "vitest";
import { FIRST_DAY, isDay, isWallTime, LAST_DAY, seoulDay, seoulTime } from "../../cli/seoul-time";
import * as jobs from "../../jobs/core/seoul-day";

test.each([
  "2026-01-15",
  "2024-02-29",
  "2026-02-29",
  "2026-2-1",
  "26-01-01",
  "yesterday",
  "",
  "0000-01-01",
  "1970-01-02",
  "1970-01-03",
  "9999-12-31",
  "2026-01-15 ",
])("the command line takes %j for a day when the jobs do", (text) => {
  expect(isDay(text)).toBe(jobs.daySchema.safeParse(text).success);
});

test("both know the same first day, and some days at all", () => {
  expect([FIRST_DAY, LAST_DAY]).toEqual([jobs.FIRST_DAY, jobs.LAST_DAY]);
  expect([isDay(FIRST_DAY), isDay("2026-01-15"), isDay("2026-02-30")]).toEqual([true, true, false]);
  expect([isDay(LAST_DAY), isDay("9999-12-31")]).toEqual([true, false]);
});

test.each([
  ["2026-01-15 23:59:59", true],
  ["2026-01-15T23:59:59", false],
  ["2026-02-31 00:00:00", false],
  ["2026-01-15", false],
])("%s is a wall time: %s", (text, is) => {
  expect(isWallTime(text)).toBe(is);
});

test("an instant is shown in Seoul", () => {
  expect(seoulTime("2026-01-14T15:00:00.000Z")).toBe("2026-01-15 00:00:00");
  expect([seoulDay("2026-01-14T14:59:59Z"), seoulDay("2026-01-14T15:00:00Z")]).toEqual(["2026-01-14", "2026-01-15"]);
});
