import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModelDruid } from "./model-druid";
import { DAY, idOf, RunWorld } from "./run-world";

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

describe("runs at the same time", () => {
  const LATE = `/lambda/events/dt=${DAY}/events.2.json`;
  const OTHER = "0123456789ab";
  /** Files the day's rows are from. */
  let rows: string[];
  /** Tasks in the order in which they succeeded. */
  let succeeded: string[];
  /** Tasks that ran at the same time. */
  let most: number;
  let second: Promise<number> | undefined;

  const filesIn = (sql: string) => [...new Set(sql.match(/events\.\d\.json/g))].sort();
  /** Datasource and day of each. */
  const replaced = () => succeeded.map((id) => id.slice("reindex_".length).replace(/_[0-9a-f]+_\d+$/, ""));
  const waits = () =>
    expect.poll(() => said.join("\n"), { timeout: 20_000, interval: 5 }).toContain("runs already, waiting for it");

  /** Starts a run, once a task of that datasource is taken, with what came before it. */
  function startSecond(on: string, change: object, before: () => void): void {
    druid.onTask = ({ datasource }) => {
      most = Math.max(most, druid.tasks.filter(({ status }) => status === "RUNNING").length);
      if (datasource !== on || second) return;
      before();
      second = reindex(change);
    };
  }

  /** A day whose files hold an event each: what tasks count, and what queries see, follows from the files they were given. */
  beforeEach(() => {
    rows = [];
    succeeded = [];
    most = 0;
    second = undefined;
    druid.taskMs = 30;
    druid.findings = [];
    druid.outcomeOf = ({ sql }) => {
      const { length } = filesIn(sql);
      return { counts: { lines: length, kept: length, rows: length } };
    };
    druid.onSuccess = ({ id, datasource, sql }) => {
      succeeded.push(id);
      const files = filesIn(sql);
      if (datasource === "events_lines")
        druid.findings = files.map((file) => ({ finding: "event", file, line: null, lines: 1 }));
      else {
        rows = files;
        druid.queryable = files.length;
      }
    };
  });

  test("with a file that came between them: both end well, and the rows are of the newest files", async () => {
    druid.taskMs = 500;
    startSecond("events_lines", {}, () => druid.files.set(LATE, "raw"));
    expect(await reindex()).toBe(0);
    expect(await second).toBe(0);
    expect(most).toBe(1);
    expect(rows).toEqual(["events.1.json", "events.2.json"]);
    const pair = [`events_lines_${DAY}`, `events_batch_${DAY}`];
    expect(replaced()).toEqual([...pair, ...pair]);
    expect(said.join("\n")).not.toContain("does not add up");
  });

  test("a run whose rows are replaced before queries see them takes the later run's result", async () => {
    startSecond("events_batch", { loadSeconds: 10 }, () => {
      druid.segments = { older: 0, missing: 1 };
      druid.files.set(LATE, "raw");
    });
    const { onSuccess } = druid;
    druid.onSuccess = (task) => {
      onSuccess(task);
      if (succeeded.length === 4) druid.segments = { older: 0, missing: 0 };
    };
    expect(await reindex({ loadSeconds: 10 })).toBe(0);
    expect(await second).toBe(0);
    expect(succeeded.length).toBe(4);
    expect(rows).toEqual(["events.1.json", "events.2.json"]);
    expect(said.join("\n")).toMatch(/another run replaces the day by task reindex_events_lines_/);
    expect(said.filter((line) => line.includes(": 2 lines = 2 rows"))).toHaveLength(2);
  });

  test("a run with the same files that comes when the events are being written does nothing again", async () => {
    druid.taskMs = 500;
    startSecond("events_batch", {}, () => {});
    expect(await reindex()).toBe(0);
    expect(await second).toBe(0);
    expect(ran()).toEqual([idOf("events_lines", 1), idOf("events_batch", 1)]);
  });

  test("a run that has waited lists the files again", async () => {
    const other = druid.addTask(`reindex_events_batch_${DAY}_${OTHER}_1`, "events_batch", "RUNNING");
    const run = reindex();
    await waits();
    druid.files.set(LATE, "raw");
    other.status = "SUCCESS";
    expect(await run).toBe(0);
    expect(druid.tasks.slice(1).map(({ sql }) => filesIn(sql))).toEqual([
      ["events.1.json", "events.2.json"],
      ["events.1.json", "events.2.json"],
    ]);
  });

  test("files that come during a run's first task are the next run's", async () => {
    druid.onTask = () => druid.files.set(LATE, "raw");
    expect(await reindex()).toBe(0);
    expect(druid.tasks.map(({ sql }) => filesIn(sql))).toEqual([["events.1.json"], ["events.1.json"]]);
  });

  test("another run between a run's two tasks: the day is planned and counted again", async () => {
    const { onSuccess } = druid;
    druid.onSuccess = (task) => {
      onSuccess(task);
      if (succeeded.length > 1) return;
      for (const datasource of ["events_lines", "events_batch"])
        druid.addTask(`reindex_${datasource}_${DAY}_${OTHER}_1`, datasource, "SUCCESS");
      druid.findings = [];
      druid.files.set(LATE, "raw");
    };
    expect(await reindex()).toBe(0);
    expect(replaced()).toEqual([`events_lines_${DAY}`, `events_lines_${DAY}`, `events_batch_${DAY}`]);
    expect(rows).toEqual(["events.1.json", "events.2.json"]);
  });

  test("a run that comes between another run's two tasks lets it write the events", async () => {
    druid.addTask(`reindex_events_lines_${DAY}_${OTHER}_1`, "events_lines", "SUCCESS");
    const run = reindex();
    await expect.poll(() => said.join("\n"), { timeout: 20_000, interval: 1 }).toContain("to write the events");
    const other = druid.addTask(`reindex_events_batch_${DAY}_${OTHER}_1`, "events_batch", "RUNNING");
    await waits();
    expect(ran()).toEqual([]);
    other.status = "SUCCESS";
    expect(await run).toBe(0);
    expect(ran()).toEqual([idOf("events_lines", 1), idOf("events_batch", 1)]);
  });

  test("a run that was killed between its two tasks is not waited for any longer than a while", async () => {
    const { id } = druid.addTask(`reindex_events_lines_2026-01-20_${OTHER}_1`, "events_lines", "SUCCESS");
    expect(await reindex()).toBe(0);
    expect(said.filter((line) => line.includes("waiting"))).toEqual([
      `events_lines: waiting for the run of task ${id} to write the events`,
    ]);
    expect(ran()).toEqual([idOf("events_lines", 1), idOf("events_batch", 1)]);
  });

  test.each(["events_lines", "events_batch"])("a task of another day, of %s, is waited for", async (datasource) => {
    const id = `reindex_${datasource}_2026-01-20_${OTHER}_1`;
    const other = druid.addTask(id, datasource, "RUNNING");
    const run = reindex();
    await expect
      .poll(() => said, { timeout: 20_000, interval: 5 })
      .toContain(`${datasource}: task ${id} runs already, waiting for it`);
    expect(ran()).toEqual([]);
    other.status = "SUCCESS";
    expect(await run).toBe(0);
    expect(ran()).toEqual([idOf("events_lines", 1), idOf("events_batch", 1)]);
  });

  test("of different days come one after the other, each with both its tasks", async () => {
    druid.taskMs = 500;
    startSecond("events_lines", { day: "2026-01-14" }, () => {});
    expect(await reindex()).toBe(0);
    expect(await second).toBe(0);
    expect(most).toBe(1);
    expect(replaced()).toEqual([
      "events_lines_2026-01-15",
      "events_batch_2026-01-15",
      "events_lines_2026-01-14",
      "events_batch_2026-01-14",
    ]);
  });

  test("submitted at the same moment: the later one is stopped, and comes after the other", async () => {
    const id = (datasource: string) => `reindex_${datasource}_2026-01-20_${OTHER}_1`;
    /** How far the other run is when this one begins a task again. */
    const found: (string | undefined)[] = [];
    druid.onTask = () => {
      const counting = druid.addTask(id("events_lines"), "events_lines", "RUNNING");
      Object.assign(counting, { createdTime: new Date(-1).toISOString() });
      druid.files.set(LATE, "raw");
      let writing: { status: string } | undefined;
      druid.onTask = () => found.push(writing?.status);
      setTimeout(() => Object.assign(counting, { status: "SUCCESS" }), 50);
      setTimeout(() => {
        writing = druid.addTask(id("events_batch"), "events_batch", "RUNNING");
      }, 80);
      setTimeout(() => Object.assign(writing ?? {}, { status: "SUCCESS" }), 130);
    };
    expect(await reindex()).toBe(0);
    expect(found).toEqual(["SUCCESS", "SUCCESS"]); // its events were waited for, too
    expect(druid.changes.filter((change) => /^(run|stop) /.test(change))).toEqual([
      expect.stringMatching(/^run reindex_events_lines_2026-01-15_/),
      expect.stringMatching(/^stop reindex_events_lines_2026-01-15_/),
      expect.stringMatching(/^run reindex_events_lines_2026-01-15_/),
      expect.stringMatching(/^run reindex_events_batch_2026-01-15_/),
    ]);
    expect(rows).toEqual(["events.1.json", "events.2.json"]);
  });
});
