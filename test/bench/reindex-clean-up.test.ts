import { expect, test } from "vitest";
import { cleanUp } from "../../bench/reindex/clean-up";
import type { World } from "../../bench/reindex/world";

const left = { directories: ["/events/dt=2020-02-02", "/rows"], datasource: "bench_rows", day: "2020-02-02" };

function fake(log: string[], failing = ""): Pick<World, "druid" | "remove" | "reindex"> {
  const done = async (what: string) => {
    log.push(what);
    if (what === failing) throw new Error("no answer");
  };
  const druid = { delete: (path: string) => done(`delete ${path}`) } as unknown as World["druid"];
  return { druid, remove: (directory) => done(`remove ${directory}`), reindex: (day) => done(`reindex ${day}`) };
}

const all = [
  "remove /events/dt=2020-02-02",
  "remove /rows",
  "delete /druid/coordinator/v1/datasources/bench_rows",
  "reindex 2020-02-02",
];

test("the day is reindexed when its files are gone, and each step is said", async () => {
  const log: string[] = [];
  const said: string[] = [];
  expect(await cleanUp(fake(log), left, (line) => said.push(line))).toBe(true);
  expect(log).toEqual(all);
  expect(said).toHaveLength(all.length);
  expect(said.at(-1)).toBe("reindexing 2020-02-02 without its files, so that it is an empty day again");
});

test("a step that fails is said, and the others are done all the same", async () => {
  const log: string[] = [];
  const said: string[] = [];
  expect(await cleanUp(fake(log, "remove /rows"), left, (line) => said.push(line))).toBe(false);
  expect(log).toEqual(all);
  expect(said).toContain("removing /rows: failed: no answer");
});
