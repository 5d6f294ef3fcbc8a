import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModelDruid } from "./model-druid";
import { DAY, FILE, idOf, RunWorld } from "./run-world";

let world: RunWorld;
let druid: ModelDruid;
let said: string[];

beforeEach(async () => {
  world = await RunWorld.start();
  ({ druid, said } = world);
});
afterEach(() => druid.stop());

const reindex = (change: object = {}) => world.reindex(change);
const ran = () => world.ran();

test("a day that is over with a file still being written is not done", async () => {
  druid.files.set(`/lambda/events/dt=${DAY}/_events.2.json.tmp`, "raw");
  expect(await reindex()).toBe(1);
  expect(said.join("\n")).toContain(`1 files of dt=${DAY} are still being written`);
});

describe("a day", () => {
  test("is counted, then replaced; malformed lines are kept aside in one step; one line accounts for every line", async () => {
    expect(await reindex()).toBe(0);
    expect(druid.changes).toEqual([
      expect.stringMatching(/^run reindex_events_lines_/),
      expect.stringMatching(/^run reindex_events_batch_/),
      `CREATE /lambda/malformed/_dt=${DAY}-*.json`,
      `MKDIRS /lambda/malformed/dt=${DAY}`,
      `RENAME /lambda/malformed/_dt=${DAY}-*.json`,
    ]);
    const kept = JSON.stringify({ file: FILE, reason: "not-json", line: "{" });
    expect(druid.files.get(`/lambda/malformed/dt=${DAY}/malformed.json`)).toBe(`${kept}\n${kept}\n`);
    expect(said).toEqual([
      `${DAY}: 1 files of 1 directories, 0.0 MB`,
      expect.stringMatching(
        new RegExp(
          `^${DAY}: 10 lines = 4 rows \\+ 1 duplicates \\+ 2 of other days \\+ 3 malformed \\(id-missing 1, not-json 2\\), in [0-9.]+ s$`,
        ),
      ),
      `${DAY}: 2 malformed lines are in /lambda/malformed/dt=${DAY}`,
    ]);
  });

  test("without malformed lines any more has no file of them", async () => {
    druid.findings = druid.findings.filter(({ line }) => line === null);
    druid.outcomes.set("events_lines", { counts: { lines: 8, kept: 3, rows: 3 } });
    druid.outcomes.set("events_batch", { counts: { lines: 8, kept: 5, rows: 4 } });
    druid.files.set(`/lambda/malformed/dt=${DAY}/malformed.json`, "old");
    expect(await reindex()).toBe(0);
    expect([...druid.files.keys()]).toEqual([FILE]);
  });

  test("is yesterday in Seoul when nobody says which", async () => {
    expect(await reindex({ day: "yesterday" })).toBe(0);
    expect(said[0]).toContain(`${DAY}: 1 files`);
  });

  test("of a range comes after the one before it", async () => {
    await reindex({ day: "2026-01-14", to: DAY });
    expect(ran().map((id) => id.slice(0, 31))).toEqual([
      "reindex_events_lines_2026-01-14",
      "reindex_events_batch_2026-01-14",
      "reindex_events_lines_2026-01-15",
      "reindex_events_batch_2026-01-15",
    ]);
  });

  test("of more files than Druid reads in one task has more of them", async () => {
    for (let file = 0; file < 10_000; file += 1) druid.files.set(`/lambda/events/dt=${DAY}/${file}.json`, "x");
    await reindex();
    expect(druid.tasks.map(({ workers }) => workers)).toEqual([2, 2]);
    await reindex({ workers: 3 });
    expect(druid.tasks.slice(2).map(({ workers }) => workers)).toEqual([3, 3]);
  });
});

describe("what does not add up is said, and exit code 1", () => {
  test.each<[string, (model: ModelDruid) => unknown, string]>([
    [
      "a line that was not found out about",
      (model) => model.outcomes.set("events_lines", { counts: { lines: 11, kept: 4, rows: 4 } }),
      "lines read and lines found out about: 11 and 10",
    ],
    [
      "events that were dropped on the way",
      (model) => model.outcomes.set("events_batch", { counts: { lines: 10, kept: 4, rows: 4 } }),
      "events of the day by the findings and by the task that wrote them: 5 and 4",
    ],
    [
      "another number of lines",
      (model) => model.outcomes.set("events_batch", { counts: { lines: 9, kept: 5, rows: 4 } }),
      "lines read for the findings and for the events: 10 and 9",
    ],
    [
      "rows that queries do not see",
      (model) => Object.assign(model, { queryable: 3 }),
      "rows written and rows in queries: 4 and 3",
    ],
    [
      "more rows than events",
      (model) => {
        model.queryable = 6;
        model.outcomes.set("events_batch", { counts: { lines: 10, kept: 5, rows: 6 } });
      },
      "more rows (6) than events (5)",
    ],
  ])("%s", async (_, change, what) => {
    change(druid);
    expect(await reindex()).toBe(1);
    expect(said.join("\n")).toContain(`${DAY}: does not add up: ${what}`);
  });
});

describe("segments", () => {
  test.each([
    { older: 1, missing: 0 },
    { older: 0, missing: 1 },
  ])("%j are waited for", async (segments) => {
    druid.segments = segments;
    setTimeout(() => Object.assign(druid.segments, { older: 0, missing: 0 }), 200);
    const begin = performance.now();
    expect(await reindex()).toBe(0);
    expect(performance.now() - begin).toBeGreaterThan(190);
  });

  test("that are never loaded are an error that says so", async () => {
    druid.segments = { older: 0, missing: 1 };
    await expect(reindex()).rejects.toThrow(
      /events_lines: Druid does not serve what task .* wrote after 1 s: .* 1 not loaded/,
    );
  });
});

describe("a task", () => {
  test("that fails is the error, and nothing else is done", async () => {
    druid.outcomes.set("events_lines", { error: "out of\nluck" });
    await expect(reindex()).rejects.toThrow(/events_lines: task .* failed, the day is as it was: UnknownError: out of/);
    expect(ran()).toEqual([idOf("events_lines", 1)]);
  });

  test("has another id each time", async () => {
    await reindex();
    await reindex();
    const both = (attempt: number) => [idOf("events_lines", attempt), idOf("events_batch", attempt)];
    expect(ran()).toEqual([...both(1), ...both(2)]);
  });

  test("whose id Druid knows but does not list gets the next one", async () => {
    await reindex();
    druid.unlisted.add(druid.tasks[0]?.id ?? "");
    expect(await reindex()).toBe(0);
    expect(ran().at(-2)).toEqual(idOf("events_lines", 2));
    expect(druid.tasks.length).toBe(4);
  });

  test("is asked for again while nobody answers", async () => {
    druid.failing = 3;
    expect(await reindex()).toBe(0);
  });
});

describe("another run of the same day", () => {
  /** A run that has submitted its first task and does not see its end. */
  async function interrupted(): Promise<void> {
    druid.outcomes.set("events_lines", "never ends");
    const config = { taskSeconds: 1 };
    druid.onTask = () => world.stop.abort();
    await expect(reindex(config)).rejects.toThrow();
    druid.onTask = () => {};
    world.stop = new AbortController();
    druid.changes.length = 0;
  }

  test("left a task that does the same: its success is this run's", async () => {
    await interrupted();
    const [left] = druid.tasks;
    if (left) left.status = "RUNNING"; // as if the run had been killed and had stopped nothing
    setTimeout(() => {
      druid.outcomes.set("events_lines", { counts: { lines: 10, kept: 4, rows: 4 } });
      if (left) left.status = "SUCCESS";
    }, 100);
    expect(await reindex()).toBe(0);
    expect(ran()).toEqual([idOf("events_batch", 1)]);
    expect(said.join("\n")).toContain(`task ${left?.id} runs already, waiting for it`);
  });

  test("left a task that fails: this run does it itself", async () => {
    await interrupted();
    const [left] = druid.tasks;
    if (left) left.status = "RUNNING";
    druid.outcomes.set("events_lines", { counts: { lines: 10, kept: 4, rows: 4 } });
    setTimeout(() => {
      if (left) left.status = "FAILED";
    }, 50);
    expect(await reindex()).toBe(0);
    expect(ran()).toEqual([idOf("events_lines", 2), idOf("events_batch", 1)]);
  });

  test("with other files is waited for, and then this run does its own", async () => {
    const other = druid.addTask(`reindex_events_batch_${DAY}_0123456789ab_1`, "events_batch", "RUNNING");
    let before = 0;
    druid.onTask = ({ datasource }) => {
      if (datasource === "events_batch" && other.status === "RUNNING") before += 1;
    };
    setTimeout(() => {
      other.status = "SUCCESS";
    }, 150);
    expect(await reindex()).toBe(0);
    expect(before).toBe(0);
    expect(ran()).toEqual([idOf("events_lines", 1), idOf("events_batch", 1)]);
  });

  test("at the same moment: one task of each for both", async () => {
    druid.taskMs = 100;
    expect(await Promise.all([reindex(), reindex()])).toEqual([0, 0]);
    expect(ran()).toEqual([idOf("events_lines", 1), idOf("events_batch", 1)]);
  });
});

describe("being told to stop", () => {
  test("stops the task this run has begun", async () => {
    druid.outcomes.set("events_batch", "never ends");
    druid.onTask = ({ datasource }) => datasource === "events_batch" && world.stop.abort();
    await expect(reindex()).rejects.toThrow(/was stopped: this run was told to stop/);
    expect(druid.changes.at(-1)).toMatch(/^stop reindex_events_batch_/);
  });

  test("leaves another run's task alone", async () => {
    druid.addTask(`reindex_events_lines_${DAY}_0123456789ab_1`, "events_lines", "RUNNING");
    const ended = expect(reindex()).rejects.toThrow(/is still running: this run was told to stop/);
    await expect
      .poll(() => said.join("\n"), { timeout: 20_000, interval: 5 })
      .toContain("runs already, waiting for it");
    world.stop.abort();
    await ended;
    expect(druid.changes).toEqual([]);
  });

  test("so does taking too long", async () => {
    druid.outcomes.set("events_batch", "never ends");
    await expect(reindex({ taskSeconds: 1 })).rejects.toThrow(/was stopped: it took too long/);
    expect(druid.changes.at(-1)).toMatch(/^stop reindex_events_batch_/);
  });
});
