import { expect, test } from "vitest";
import { dayFiles, daysIn } from "../../../jobs/core/day-files";
import { dayAfter, daysOf, intervalOf, isDay, seoulDay, startOfDay } from "../../../jobs/core/seoul-day";
import type { HdfsFile } from "../../../jobs/core/webhdfs";

test("a day begins at 15:00 UTC of the day before", () => {
  expect(new Date(startOfDay("2026-01-01")).toISOString()).toBe("2025-12-31T15:00:00.000Z");
  expect(intervalOf("2026-01-01")).toBe("2025-12-31T15:00:00.000Z/2026-01-01T15:00:00.000Z");
  expect(seoulDay(startOfDay("2026-01-01"))).toBe("2026-01-01");
  expect(seoulDay(startOfDay("2026-01-01") - 1)).toBe("2025-12-31");
});

test.each(["2026-02-30", "2026-1-1", "2026-01-01 ", "yesterday", "", "2026-13-01"])("%j is no day", (text) => {
  expect(isDay(text)).toBe(false);
  expect(() => startOfDay(text)).toThrow("is no day");
});

test("days go on over months and leap years", () => {
  expect(dayAfter("2024-02-28", 1)).toBe("2024-02-29");
  expect(dayAfter("2026-01-01", -1)).toBe("2025-12-31");
  expect(daysOf("2026-02-27", "2026-03-01")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
  expect(daysOf("2026-03-01", "2026-03-01")).toEqual(["2026-03-01"]);
  expect(daysOf("2026-03-02", "2026-03-01")).toEqual([]);
});

const entry = (name: string, change: Partial<HdfsFile> = {}): HdfsFile => ({
  path: `/e/${name}`,
  name,
  directory: false,
  length: 1,
  modifiedMs: 1,
  ...change,
});

test("a day's files are those of its directory and of those beside it that are there, without hidden and empty ones", async () => {
  const directories: Record<string, HdfsFile[]> = {
    "/e/dt=2026-01-01": [
      entry("b.json"),
      entry("_b.json"),
      entry("a.json"),
      entry(".c.json"),
      entry("d.json", { length: 0 }),
    ],
    "/e/dt=2026-01-02": [entry("later.json"), entry("sub", { directory: true })],
    "/e/dt=2026-01-03": [entry("too-late.json")],
  };
  const found = await dayFiles({ list: async (path) => directories[path] }, "/e", "2026-01-01");
  expect(found.map(({ day, files, inProgress }) => [day, files.map(({ name }) => name), inProgress])).toEqual([
    ["2026-01-01", ["a.json", "b.json"], 2],
    ["2026-01-02", ["later.json"], 0],
  ]);
});

test("days are the directories named like one", async () => {
  const entries = ["dt=2026-01-02", "dt=2026-01-01", "dt=x", "_tmp"].map((name) => entry(name, { directory: true }));
  expect(await daysIn({ list: async () => [...entries, entry("dt=2026-01-03")] }, "/e")).toEqual([
    "2026-01-01",
    "2026-01-02",
  ]);
  expect(await daysIn({ list: async () => undefined }, "/e")).toEqual([]);
});
