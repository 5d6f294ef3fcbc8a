import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkConfig } from "../../../jobs/core/config";
import { connectDruid } from "../../../jobs/core/druid";
import { connectWebHdfs } from "../../../jobs/core/webhdfs";
import { reindexSchema } from "../../../jobs/reindex/config";
import { runReindex } from "../../../jobs/reindex/run";
import { ModelDruid } from "./model-druid";

const DAY = "2026-01-15";
const FILE = `/lambda/events/dt=${DAY}/events.1.json`;
let druid: ModelDruid;
let said: string[];
let stop: AbortController;

/** Ten lines: four events, one of them twice, two of other days, three malformed, one of those in the day before. */
beforeEach(async () => {
  druid = await new ModelDruid().start();
  druid.files.set(FILE, "raw");
  druid.findings = [
    { finding: "event", file: FILE, line: null, lines: 5 },
    { finding: "other-day", file: FILE, line: null, lines: 2 },
    { finding: "not-json", file: FILE, line: "{", lines: 2 },
    { finding: "id-missing", file: "/lambda/events/dt=2026-01-14/x.json", line: null, lines: 1 },
  ];
  druid.queryable = 4;
  druid.outcomes.set("events_lines", { counts: { lines: 10, kept: 4, rows: 4 } });
  druid.outcomes.set("events_batch", { counts: { lines: 10, kept: 5, rows: 4 } });
  said = [];
  stop = new AbortController();
});
afterEach(() => druid.stop());

function reindex(change: object = {}): Promise<number> {
  const config = {
    druid: { url: druid.url },
    hdfs: { urls: [druid.url], user: "lab" },
    events: "/lambda/events",
    malformed: "/lambda/malformed",
    names: [],
    depts: [],
    settleSeconds: 0,
    day: DAY,
    loadSeconds: 1,
    ...change,
  };
  const settings = checkConfig(reindexSchema, config, "config");
  return runReindex(settings, {
    druid: connectDruid(settings.druid),
    hdfs: connectWebHdfs(settings.hdfs),
    say: (line) => said.push(line),
    stop: stop.signal,
    now: () => Date.parse("2026-01-15T16:00:00Z"), // one in the morning of the 16th
    pollMs: 5,
    patienceMs: 500,
  });
}

const ran = () => druid.changes.filter((change) => change.startsWith("run ")).map((change) => change.slice(4));
const idOf = (datasource: string, attempt: number) =>
  expect.stringMatching(new RegExp(`^reindex_${datasource}_${DAY}_[0-9a-f]{12}_${attempt}$`));

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
    druid.onTask = () => stop.abort();
    await expect(reindex(config)).rejects.toThrow();
    druid.onTask = () => {};
    stop = new AbortController();
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

describe("being told to stop", () => {
  test("stops the task this run has begun", async () => {
    druid.outcomes.set("events_batch", "never ends");
    druid.onTask = ({ datasource }) => datasource === "events_batch" && stop.abort();
    await expect(reindex()).rejects.toThrow(/was stopped: this run was told to stop/);
    expect(druid.changes.at(-1)).toMatch(/^stop reindex_events_batch_/);
  });

  test("leaves another run's task alone", async () => {
    druid.addTask(`reindex_events_lines_${DAY}_0123456789ab_1`, "events_lines", "RUNNING");
    const ended = expect(reindex()).rejects.toThrow(/is still running: this run was told to stop/);
    await expect
      .poll(() => said.join("\n"), { timeout: 20_000, interval: 5 })
      .toContain("runs already, waiting for it");
    stop.abort();
    await ended;
    expect(druid.changes).toEqual([]);
  });

  test("so does taking too long", async () => {
    druid.outcomes.set("events_batch", "never ends");
    await expect(reindex({ taskSeconds: 1 })).rejects.toThrow(/was stopped: it took too long/);
    expect(druid.changes.at(-1)).toMatch(/^stop reindex_events_batch_/);
  });
});
