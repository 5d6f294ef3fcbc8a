import { afterEach, describe, expect, test } from "vitest";
import { eventsSupervisor } from "../../../components/druid/events-supervisor";
import { checkConfig } from "../../../jobs/core/config";
import { connectDruid } from "../../../jobs/core/druid";
import { createLog } from "../../../jobs/core/log";
import { superviseConfigSchema } from "../../../jobs/supervise/config";
import { declarationOf, runSupervise } from "../../../jobs/supervise/run";
import { type Course, ModelDruid } from "./model-druid";

const EVENTS = { topic: "events_stages", dataSource: "events_stages", bootstrapServers: "kafka:9093" };
const FAST = { pauseMs: 1 };

const config = (url: string, taskDuration = "PT1H", waitSeconds = 5) =>
  checkConfig(
    superviseConfigSchema,
    { druid: { url }, waitSeconds, spec: eventsSupervisor({ ...EVENTS, taskDuration }) },
    "test",
  );

let druid: ModelDruid;
afterEach(() => druid.stop());

/** Runs the job against a Druid that runs the declaration of another task duration, if any. */
async function supervise(course: Course, { before, taskDuration }: { before?: string; taskDuration?: string } = {}) {
  druid = await ModelDruid.start(course);
  if (before) druid.run(declared(before));
  const job = config(druid.url, taskDuration, 1);
  return runSupervise(
    job,
    connectDruid(job.druid),
    createLog("supervise", () => undefined),
    FAST,
  );
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
  expect(
    await runSupervise(
      job,
      connectDruid(job.druid),
      createLog("s", () => undefined),
      FAST,
    ),
  ).toBe(0);
  expect(druid.running.get("events_stages")?.suspended).toBe(false);
});

test("a key that is no longer declared is a change as well", async () => {
  druid = await ModelDruid.start();
  const { spec } = config(druid.url);
  const { maxRowsInMemory, ...tuningConfig } = spec.spec.tuningConfig;
  expect(maxRowsInMemory).toBe(50_000);
  druid.run(declared("PT1H"));
  const job = { ...config(druid.url), spec: { ...spec, spec: { ...spec.spec, tuningConfig } } };
  expect(
    await runSupervise(
      job,
      connectDruid(job.druid),
      createLog("s", () => undefined),
      FAST,
    ),
  ).toBe(0);
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
      "it does not start",
      { failsToStart: (spec) => JSON.stringify(spec).includes("PT1H") },
      /^the spec was not taken: .*cannot start; the spec before runs again$/,
      ["sample", 'submit "PT1H"', 'submit "PT1800S"'],
    ],
    [
      "it becomes unhealthy",
      { states: ["CONNECTING_TO_STREAM", "UNABLE_TO_CONNECT_TO_STREAM"] },
      /^supervisor events_stages is UNABLE_TO_CONNECT_TO_STREAM: no such column; the spec before runs again$/,
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
    const job = config(druid.url, "PT1H", 1);
    const run = runSupervise(
      job,
      connectDruid(job.druid),
      createLog("s", () => undefined),
      FAST,
    );
    await expect(run).rejects.toThrow(message);
    expect(druid.log).toEqual(log);
    expect(runningDuration()).toBe("PT1800S");
    expect(druid.running.get("events_stages")?.context).toEqual(before.context);
  });
});

test("a submission whose answer is lost is not taken back: the next run finds it in place", async () => {
  await expect(supervise({ losesAnswer: true }, { before: "PT30M" })).rejects.toThrow(/^the spec was not taken: /);
  expect(druid.log).toEqual(["sample", 'submit "PT1H"']);
  const job = config(druid.url);
  expect(
    await runSupervise(
      job,
      connectDruid(job.druid),
      createLog("s", () => undefined),
      FAST,
    ),
  ).toBe(0);
  expect(druid.log).toEqual(["sample", 'submit "PT1H"']);
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
