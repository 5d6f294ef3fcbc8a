import { expect, test } from "vitest";
import { checkConfig } from "../../../jobs/core/config";
import { reindexSchema } from "../../../jobs/reindex/config";

const GOOD = {
  druid: { url: "http://druid-router:8888" },
  hdfs: { urls: ["http://namenode:9870"], user: "lab" },
  events: "/lambda/events",
  malformed: "/lambda/malformed",
  names: [],
  depts: [],
};

test("yesterday is what is reindexed when nobody says otherwise", () => {
  expect(checkConfig(reindexSchema, GOOD, "config").day).toBe("yesterday");
});

test.each([
  [{ day: "2026-02-30" }, "day"],
  [{ day: "1970-01-02" }, "day: must be a day there is, YYYY-MM-DD, from 1970-01-03 to 9999-12-30"],
  [{ day: "9999-12-31" }, "day: must be a day there is, YYYY-MM-DD, from 1970-01-03 to 9999-12-30"],
  [{ day: "2026-01-15", to: "2026-01-14" }, "to: must be day or later"],
  [{ to: "2026-01-16", day: "yesterday" }, "to: must be day or later"],
  [{ events: "relative" }, "events: must be an absolute path"],
  [{ extra: 1 }, "extra"],
])("config %j is refused", (change, what) => {
  expect(() => checkConfig(reindexSchema, { ...GOOD, ...change }, "config")).toThrow(what);
});
