import { expect, test } from "vitest";
import { finished, type HdfsFile, newestFile } from "../../cli/hdfs-files";
import { directoryRow } from "../../cli/hdfs-status";
import { lookAt } from "../../cli/lambda-flow";
import { batchRow, failedNight, type JobObject, type SupervisorStatus, speedRow } from "../../cli/lambda-status";
import { STALE_SECONDS } from "../../cli/status";

const NOW = Date.parse("2026-01-01T00:10:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();
const GIB = 2 ** 30;

const running = (change: Partial<SupervisorStatus["payload"]> = {}): SupervisorStatus => ({
  payload: { state: "RUNNING", detailedState: "RUNNING", healthy: true, suspended: false, aggregateLag: 3, ...change },
});

test("the speed layer passes with a running supervisor and a new event", () => {
  expect(speedRow(running(), ago(2), NOW)).toEqual({
    store: "druid events_stages",
    ok: true,
    state: "supervisor RUNNING, lag 3",
    newestAgeSeconds: 2,
    facts: { supervisor: "RUNNING", detailedState: "RUNNING", lag: 3, newestEvent: ago(2) },
  });
});

test.each<[string, SupervisorStatus, string | null]>([
  [
    "a supervisor that cannot reach Kafka",
    running({ state: "UNHEALTHY_SUPERVISOR", detailedState: "UNABLE_TO_CONNECT_TO_STREAM" }),
    ago(2),
  ],
  ["one that is suspended", running({ suspended: true }), ago(2)],
  ["one that calls itself unhealthy", running({ healthy: false }), ago(2)],
  ["an old newest event", running(), ago(STALE_SECONDS + 1)],
  ["no event at all", running(), null],
])("the speed layer fails: %s", (_, supervisor, newest) => {
  expect(speedRow(supervisor, newest, NOW).ok).toBe(false);
});

test("why a supervisor does not run is said", () => {
  const status = running({ state: "PENDING", detailedState: "CREATING_TASKS", aggregateLag: undefined });
  expect(speedRow(status, null, NOW).state).toBe("supervisor PENDING (CREATING_TASKS), lag unknown");
});

const usage = { capacityBytes: 10 * GIB, usedBytes: GIB / 2, underReplicatedBlocks: 0, missingBlocks: 0 };
const file = (seconds: number, name = "events.json"): HdfsFile => ({
  name,
  directory: false,
  bytes: 1,
  modifiedMs: NOW - seconds * 1000,
});

test("raw events pass with all blocks and a file not older than it takes to write one", () => {
  expect(directoryRow("/lambda/events", usage, file(30 + STALE_SECONDS), 30, NOW)).toMatchObject({
    ok: true,
    state: "0.5 of 10.0 GiB used, blocks: 0 under-replicated",
    newestAgeSeconds: 90,
  });
  expect(directoryRow("/lambda/events", usage, file(31 + STALE_SECONDS), 30, NOW).ok).toBe(false);
  expect(directoryRow("/lambda/events", usage, undefined, 30, NOW).ok).toBe(false);
  expect(directoryRow("/lambda/events", { ...usage, missingBlocks: 2 }, file(1), 30, NOW)).toMatchObject({
    ok: false,
    state: "0.5 of 10.0 GiB used, blocks: 0 under-replicated, 2 missing",
  });
});

const segments = { version: ago(7200), start: "2025-12-30T15:00:00.000Z", rows: 12 };

test("the batch layer names the Seoul day that was last replaced", () => {
  expect(batchRow(segments, undefined, undefined, NOW)).toMatchObject({
    ok: true,
    state: "day 2025-12-31: 12 rows",
    newestAgeSeconds: 7200,
  });
  expect(batchRow(undefined, undefined, undefined, NOW)).toMatchObject({ ok: true, state: "never reindexed" });
});

test("a failure since the last success fails the batch layer, one before it does not", () => {
  const failed = (seconds: number) => ({ status: "FAILED", created: ago(seconds), error: "no such file" });
  expect(batchRow(segments, failed(7100), undefined, NOW)).toMatchObject({
    ok: false,
    state: "day 2025-12-31: 12 rows; then FAILED: no such file",
  });
  expect(batchRow(segments, failed(7300), undefined, NOW).ok).toBe(true);
  expect(batchRow(segments, { status: "RUNNING", created: ago(5), error: null }, undefined, NOW)).toMatchObject({
    ok: true,
    state: "day 2025-12-31: 12 rows; then RUNNING",
  });
});

test("a nightly job that has failed for good fails the batch layer", () => {
  const succeeded = { status: "SUCCESS", created: ago(7250), error: null };
  const night = { job: "reindex-29400960", at: ago(7100), day: "2025-12-31" };
  expect(batchRow(segments, succeeded, night, NOW)).toMatchObject({
    ok: false,
    state: "day 2025-12-31: 12 rows; the nightly reindex of 2025-12-31 has failed: lab logs reindex",
    facts: { failedJob: "reindex-29400960" },
  });
  expect(batchRow(undefined, undefined, night, NOW).ok).toBe(false);
});

test("the newest Job that the clock made of the CronJob counts, and none that people did", () => {
  const job = (name: string, seconds: number, type: string, owner = "reindex"): JobObject => ({
    metadata: { name, creationTimestamp: ago(seconds), ownerReferences: [{ kind: "CronJob", name: owner }] },
    status: { conditions: [{ type, status: "True", lastTransitionTime: ago(seconds - 10) }] },
  });
  // Who makes a Job of a CronJob, by kubectl or by lab reindex, makes the CronJob its owner all the same.
  const annotations = { "cronjob.kubernetes.io/instantiate": "manual" };
  const byPeople = (one: JobObject): JobObject => ({ ...one, metadata: { ...one.metadata, annotations } });
  const failed = job("reindex-1", 100, "Failed");
  const night = { job: "reindex-1", at: ago(90), day: "2025-12-31" };
  expect(failedNight([failed, job("reindex-0", 200, "Complete")], "reindex")).toEqual(night);
  expect(failedNight([failed, byPeople(job("reindex-x", 50, "Complete"))], "reindex")).toEqual(night);
  expect(failedNight([failed, job("reindex-2", 50, "Complete")], "reindex")).toBeUndefined();
  expect(failedNight([job("verify-1", 10, "Failed", "verify-lambda")], "reindex")).toBeUndefined();
  expect(failedNight([byPeople(failed)], "reindex")).toBeUndefined();
});

test("files in progress are not there for readers, and the newest is found in the days that changed last", async () => {
  const directory = (name: string, seconds: number): HdfsFile => ({ ...file(seconds, name), directory: true });
  const tree: Record<string, HdfsFile[]> = {
    "/e": [directory("dt=1", 500), directory("dt=2", 10), directory("dt=3", 20), directory("dt=4", 30), file(0)],
    "/e/dt=1": [file(1, "changed long ago, so not looked at")],
    "/e/dt=2": [file(5, "_b.json.tmp"), file(60, "b.json")],
    "/e/dt=3": [file(20, "c.json")],
    "/e/dt=4": [file(30, "d.json"), file(1, ".hidden")],
  };
  const list = async (path: string) => tree[path] ?? [];
  expect(finished(tree["/e/dt=2"] ?? []).map(({ name }) => name)).toEqual(["b.json"]);
  expect((await newestFile({ list }, "/e"))?.name).toBe("dt=3/c.json");
  expect(await newestFile({ list }, "/absent")).toBeUndefined();
});

const row = (seconds: number) => ({ time: ago(seconds), user_name: "박혁거세", dept_name: "법학과", id: 7 });

test("lambda flows when Druid has a row of just now and HDFS a file", () => {
  expect(lookAt([], file(1), NOW, 30)).toMatchObject({ flows: false, says: "no row in Druid's events_stages yet" });
  expect(lookAt([row(31)], file(1), NOW, 30)).toMatchObject({ flows: false });
  expect(lookAt([row(3)], undefined, NOW, 30)).toMatchObject({
    flows: false,
    says: "Druid's newest row is 3 s old; no file in HDFS yet",
  });
  expect(lookAt([row(3)], file(151), NOW, 30)).toMatchObject({
    flows: false,
    says: "the newest file in HDFS was finished 151 s ago",
  });
  const look = lookAt([row(0)], file(1, "dt=2026-01-01/e.json"), NOW, 30);
  expect(look.flows).toBe(true);
  expect(look.proofs.map(({ rows }) => rows)).toEqual([
    [["2026-01-01 09:10:00", "박혁거세", "법학과", 7]],
    [["dt=2026-01-01/e.json", 1]],
  ]);
});
