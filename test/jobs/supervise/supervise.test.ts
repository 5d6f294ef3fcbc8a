import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { eventsSupervisor } from "../../../components/druid/events-supervisor";
import { checkConfig } from "../../../jobs/core/config";
import { connectDruid } from "../../../jobs/core/druid";
import { createLog } from "../../../jobs/core/log";
import { type SuperviseConfig, superviseConfigSchema } from "../../../jobs/supervise/config";
import { beforeTrial } from "../../../jobs/supervise/history";
import { declarationOf, runSupervise, SPEC_REFUSED } from "../../../jobs/supervise/run";
import { stopSignal } from "../../../jobs/supervise/stop";
import { type Course, ModelDruid } from "./model-druid";

const EVENTS = { topic: "events_stages", dataSource: "events_stages", bootstrapServers: "kafka:9093" };

const config = (url: string, taskDuration = "PT1H", waitSeconds = 5) =>
  checkConfig(
    superviseConfigSchema,
    { druid: { url }, waitSeconds, spec: eventsSupervisor({ ...EVENTS, taskDuration }) },
    "test",
  );

let druid: ModelDruid;
/** What the job has logged as an error. */
let errors: string[];
beforeEach(() => {
  errors = [];
});
afterEach(() => druid.stop());

function run(job: SuperviseConfig, stop?: AbortSignal): Promise<number> {
  const log = createLog("supervise", (line) => errors.push((JSON.parse(line) as { error: string }).error), "error");
  return runSupervise(job, connectDruid(job.druid), log, { pauseMs: 1, ...(stop ? { stop } : {}) });
}

/** Runs the job against a Druid that runs the declaration of another task duration, if any. */
async function supervise(course: Course, { before, taskDuration }: { before?: string; taskDuration?: string } = {}) {
  druid = await ModelDruid.start(course);
  if (before) druid.run(declared(before));
  return run(config(druid.url, taskDuration, 1));
}

/** A spec as the job submits it. */
function declared(taskDuration: string) {
  const { spec } = config("http://druid-router:8888", taskDuration);
  return { ...spec, context: { declaration: declarationOf(spec) } };
}

function runningDuration(): unknown {
  return (druid.running.get("events_stages")?.spec.ioConfig as { taskDuration?: string } | undefined)?.taskDuration;
}

test("a supervisor that is not there is checked, submitted, and waited for", async () => {
  expect(await supervise({ notReady: 3 })).toBe(0);
  expect(druid.log).toEqual(["sample", 'submit "PT1H"']);
  expect(runningDuration()).toBe("PT3600S");
});

test("a supervisor that is as declared is left alone, though Druid writes its spec in another way", async () => {
  expect(await supervise({}, { before: "PT1H" })).toBe(0);
  expect(druid.log).toEqual([]);
});

test("a changed spec is submitted", async () => {
  expect(await supervise({}, { before: "PT30M" })).toBe(0);
  expect(druid.log).toEqual(["sample", 'submit "PT1H"']);
  expect(runningDuration()).toBe("PT3600S");
});

test("what somebody changed by hand becomes as declared again", async () => {
  druid = await ModelDruid.start();
  druid.run({ ...declared("PT1H"), suspended: true });
  const job = config(druid.url);
  expect(await run(job)).toBe(0);
  expect(druid.running.get("events_stages")?.suspended).toBe(false);
});

test("a key that is no longer declared is a change as well", async () => {
  druid = await ModelDruid.start();
  const { spec } = config(druid.url);
  const { maxRowsInMemory, ...tuningConfig } = spec.spec.tuningConfig;
  expect(maxRowsInMemory).toBe(50_000);
  druid.run(declared("PT1H"));
  const job = { ...config(druid.url), spec: { ...spec, spec: { ...spec.spec, tuningConfig } } };
  expect(await run(job)).toBe(0);
  expect(druid.running.get("events_stages")?.spec.tuningConfig).not.toHaveProperty("maxRowsInMemory");
});

describe("a spec that does not work leaves the supervisor running as it was", () => {
  test.each<[string, Course, RegExp, string[]]>([
    [
      "Druid cannot read records by it",
      { sample: { status: 400, body: { error: "Function 'timestamp_prase' is not defined" } } },
      /^the spec is refused, nothing was changed: .*timestamp_prase/,
      ["sample"],
    ],
    [
      "it reads no record",
      { sample: { body: { numRowsRead: 1, data: [{ unparseable: true, error: "Timestamp[x] is unparseable" }] } } },
      /^the spec is refused, nothing was changed: it can read none of 1 records of events_stages: Timestamp\[x\]/,
      ["sample"],
    ],
    [
      "Druid does not take it",
      { refuses: "no such type" },
      /^the spec was not taken: .*no such type$/,
      ["sample", 'submit "PT1H"'],
    ],
    [
      "it does not start",
      { failsToStart: (spec) => JSON.stringify(spec).includes("PT1H") },
      /^the spec was not taken: .*cannot start; the spec before runs again$/,
      ["sample", 'submit "PT1H"', 'submit "PT1800S"'],
    ],
    [
      "it becomes unhealthy",
      { states: ["CREATING_TASKS", "UNHEALTHY_TASKS"] },
      /^supervisor events_stages is UNHEALTHY_TASKS: no such column; the spec before runs again$/,
      ["sample", 'submit "PT1H"', 'submit "PT1800S"'],
    ],
    [
      "it never runs",
      { states: ["CREATING_TASKS"] },
      /^supervisor events_stages is not running in time: CREATING_TASKS with 0 tasks; the spec before runs again$/,
      ["sample", 'submit "PT1H"', 'submit "PT1800S"'],
    ],
  ])("%s", async (_, course, message, log) => {
    const before = declared("PT1800S");
    druid = await ModelDruid.start(course);
    druid.run(before);
    expect(await run(config(druid.url, "PT1H", 1))).toBe(SPEC_REFUSED);
    expect(errors).toEqual([expect.stringMatching(message)]);
    expect(druid.log).toEqual(log);
    expect(runningDuration()).toBe("PT1800S");
    expect(druid.running.get("events_stages")?.context).toEqual(before.context);
  });
});

test("a submission whose answer is lost is in place all the same", async () => {
  expect(await supervise({ losesAnswer: true }, { before: "PT30M" })).toBe(0);
  expect(druid.log).toEqual(["sample", 'submit "PT1H"']);
});

test("what nobody can take for a while is asked again, and nothing that runs is stopped for it", async () => {
  const course = { turnsAway: 2, samplerAway: 2 };
  expect(await supervise(course, { before: "PT30M" })).toBe(0);
  expect(druid.log).toEqual(["sample", "sample", "sample", 'submit "PT1H"', 'submit "PT1H"', 'submit "PT1H"']);
  expect(runningDuration()).toBe("PT3600S");
});

test("a check that Druid cannot do in time refuses nothing: another run may succeed", async () => {
  await expect(supervise({ samplerAway: 1e9 }, { before: "PT30M" })).rejects.toThrow(/sampler: 503/);
  const broken = { sample: { status: 500, body: "OutOfMemoryError" } };
  await expect(supervise(broken, { before: "PT30M" })).rejects.toThrow(/sampler: 500/);
  const away = { sample: { status: 400, body: { error: "Timeout expired while fetching topic metadata" } } };
  await expect(supervise(away, { before: "PT30M" })).rejects.toThrow(/sampler: 400 Timeout expired/);
  expect(runningDuration()).toBe("PT30M");
});

test("a trial without Kafka is taken back, and refuses nothing: another run may succeed", async () => {
  const states = ["CONNECTING_TO_STREAM", "UNABLE_TO_CONNECT_TO_STREAM"];
  await expect(supervise({ states }, { before: "PT30M" })).rejects.toThrow(
    /^supervisor events_stages is UNABLE_TO_CONNECT_TO_STREAM: .*; the spec before runs again$/,
  );
  expect(runningDuration()).toBe("PT30M");
});

test("the spec before is restored though Druid is away for a moment", async () => {
  const course: Course = { states: ["CREATING_TASKS"] };
  druid = await ModelDruid.start(course);
  druid.run(declared("PT30M"));
  const stop = new AbortController();
  const ended = run(config(druid.url), stop.signal);
  await vi.waitUntil(() => druid.statusCalls > 0);
  course.notReady = 5;
  stop.abort(new Error("told to stop"));
  await expect(ended).rejects.toThrow("told to stop; the spec before runs again");
  expect(runningDuration()).toBe("PT30M");
});

describe("told to stop", () => {
  /** Runs the job over PT30M, and stops it once `when`. */
  const stopped = async (course: Course, when: () => boolean) => {
    druid = await ModelDruid.start(course);
    druid.run(declared("PT30M"));
    const host = new EventEmitter();
    const ended = run(config(druid.url), stopSignal(host as NodeJS.Process));
    await vi.waitUntil(when);
    host.emit("SIGTERM");
    await expect(ended).rejects.toThrow(/^told to stop by SIGTERM/);
    expect(runningDuration()).toBe("PT30M");
  };

  test("while the new spec is on trial, it restores the former one", async () => {
    await stopped({ states: ["CREATING_TASKS"] }, () => druid.statusCalls > 0);
    expect(druid.log).toEqual(["sample", 'submit "PT1H"', 'submit "PT30M"']);
  });

  test("while Druid is busy with the new spec, it restores the former one after it", async () => {
    await stopped({ busyMs: 300, states: ["CREATING_TASKS"] }, () => druid.log.includes("busy"));
    expect(druid.log).toEqual(["sample", "busy", 'submit "PT1H"', 'submit "PT30M"']);
  });

  test("before anything was changed, it changes nothing", async () => {
    await stopped({ samplerAway: 1e9 }, () => druid.log.length > 0);
    expect(druid.log).not.toContain('submit "PT1H"');
  });
});

describe("after a run that died between the submission and its end", () => {
  /** The model runs PT1H, submitted by a run of the same Job that was killed; before it, PT30M ran. */
  const died = async (states: string[], secondsAgo = 60) => {
    druid = await ModelDruid.start();
    druid.run(declared("PT30M"));
    druid.run(declared("PT1H"), states, secondsAgo);
    return config(druid.url, "PT1H", 1);
  };

  test("a spec that gets to work stays", async () => {
    expect(await run(await died(["CREATING_TASKS", "RUNNING"]))).toBe(0);
    expect(druid.log).toEqual([]);
  });

  test("a spec that does not is replaced by the one before", async () => {
    expect(await run(await died(["CREATING_TASKS"]))).toBe(SPEC_REFUSED);
    expect(errors).toEqual([expect.stringMatching(/is not running in time: .*; the spec before runs again$/)]);
    expect(druid.log).toEqual(['submit "PT30M"']);
    expect(druid.running.get("events_stages")?.context).toEqual(declared("PT30M").context);
  });

  test("the one before is restored as well when the next run is told to stop", async () => {
    const job = await died(["CREATING_TASKS"]);
    const stop = new AbortController();
    const ended = run(job, stop.signal);
    await vi.waitUntil(() => druid.statusCalls > 0);
    stop.abort(new Error("told to stop"));
    await expect(ended).rejects.toThrow("told to stop; the spec before runs again");
    expect(druid.log).toEqual(['submit "PT30M"']);
  });

  test("the one before is restored as well when nothing runs, as the spec did not start", async () => {
    const job = await died([]);
    druid.end("events_stages");
    druid.course.failsToStart = (spec) => JSON.stringify(spec).includes("PT1H");
    expect(await run(job)).toBe(SPEC_REFUSED);
    expect(druid.log).toEqual(["sample", 'submit "PT1H"', 'submit "PT30M"']);
    expect(runningDuration()).toBe("PT30M");
  });

  test("a spec of an earlier Job has worked: when it does no more, that is said, and it stays", async () => {
    const job = await died(["UNABLE_TO_CONNECT_TO_STREAM"], 1_400);
    await expect(run(job)).rejects.toThrow("supervisor events_stages is UNABLE_TO_CONNECT_TO_STREAM");
    expect(druid.log).toEqual([]);
  });
});

describe("what ran before a trial", () => {
  const version = (declaration: string) => ({
    spec: { type: "kafka", spec: {}, context: { declaration } },
    version: "2026-01-02T00:00:00.000Z",
  });
  const end = { spec: { type: "noop", spec: {} }, version: "2026-01-02T00:00:00.000Z" };
  const found = (...history: Parameters<typeof beforeTrial>[0]) =>
    beforeTrial(history, "new", Date.parse("2026-01-01"))?.context?.declaration;

  test.each([
    ["is the newest spec of another declaration", [version("new"), version("old"), version("older")], "old"],
    ["is found behind a spec that did not start", [version("new"), end, version("new"), version("old")], "old"],
    ["is found when nothing runs", [end, version("new"), version("old")], "old"],
    ["is nothing when it was ended by hand", [version("new"), end, version("old")], undefined],
    ["is nothing when Druid cannot read it", [version("new"), { ...end, spec: null }], undefined],
    ["is nothing for the first spec", [version("new")], undefined],
    ["is nothing when the other runs again", [version("old"), version("new"), version("old")], undefined],
    ["is nothing without a history", [], undefined],
  ])("%s", (_, history, declaration) => {
    expect(found(...history)).toBe(declaration);
  });

  test("is nothing when the spec was submitted before this Job", () => {
    const history = [version("new"), version("old")];
    expect(beforeTrial(history, "new", Date.parse("2026-01-03"))).toBeUndefined();
  });
});

test("without an Overlord the job gives up in time", async () => {
  await expect(supervise({ notReady: 1e9 })).rejects.toThrow(
    /^Druid's Overlord is not ready: .*503 no Overlord leads$/,
  );
});

describe("config", () => {
  const spec = eventsSupervisor(EVENTS);
  const changed = (change: (copy: Record<string, Record<string, unknown>>) => void) => {
    const copy = structuredClone(spec) as unknown as { spec: Record<string, Record<string, unknown>> };
    change(copy.spec);
    return checkConfig(superviseConfigSchema, { druid: { url: "http://d:1" }, spec: copy }, "test");
  };
  const part = (copy: Record<string, Record<string, unknown>>, name: string) => copy[name] ?? {};

  test("of enriched events is accepted", () => {
    expect(changed(() => undefined).waitSeconds).toBe(600);
  });

  test.each<[string, (copy: Record<string, Record<string, unknown>>) => void, string]>([
    [
      "a key that Druid would pass over",
      (copy) => Object.assign(part(copy, "ioConfig"), { useEarliestOfset: true }),
      'spec.spec.ioConfig: Unrecognized key: "useEarliestOfset"',
    ],
    [
      "a period of months",
      (copy) => Object.assign(part(copy, "ioConfig"), { taskDuration: "P1M" }),
      "spec.spec.ioConfig.taskDuration: must be an ISO 8601 period",
    ],
    [
      "a task of less than a minute",
      (copy) => Object.assign(part(copy, "ioConfig"), { taskDuration: "PT59S" }),
      "spec.spec.ioConfig.taskDuration: must be a minute or more",
    ],
    [
      "a column twice",
      (copy) => {
        const dimensions = [
          { type: "long", name: "id" },
          { type: "long", name: "id" },
        ];
        Object.assign(part(copy, "dataSchema"), { dimensionsSpec: { dimensions } });
      },
      "spec: dimension id is declared twice",
    ],
    [
      "no servers",
      (copy) => Object.assign(part(copy, "ioConfig"), { consumerProperties: { "isolation.level": "read_committed" } }),
      "spec.spec.ioConfig.consumerProperties.bootstrap.servers",
    ],
  ])("%s is refused", (_, change, message) => {
    expect(() => changed(change)).toThrow(message);
  });
});
