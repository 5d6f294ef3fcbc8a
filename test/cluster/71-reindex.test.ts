import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VECTORS } from "../jobs/enrich/vectors";
import { batchRows, expectedRow, expectedRows } from "./support/batch-rows";
import { eventually, lab, labOk } from "./support/lab";
import { druidSql, hdfs, lambda } from "./support/lambda";
import { freshDay, freshIds, seoulTime } from "./support/load";
import { stackUp } from "./support/stack-up";

const id = freshIds();
/** Before all days of the other tests. */
const { day: FIRST, next: SECOND } = freshDay(-11 * 366);
const YESTERDAY = seoulTime(Date.now() - 86_400_000).slice(0, 10);
const NIGHT = `/lambda/events/dt=${YESTERDAY}/night-${id}.json`;

const night = Array.from({ length: 50 }, (_, i) => ({ hello: "night", id: id + i, time: `${YESTERDAY} 03:00:00` }));
// Ids on both sides of zero and of the buckets in which duplicates are looked for, all of one second; a third of them twice.
const plain = Array.from({ length: 261 }, (_, i) => ({ hello: "range", id: i - 130, time: `${SECOND} 00:00:00` }));
const twice = plain.filter((_, i) => i % 3 === 0).map((one) => ({ ...one, hello: "ranges" })); // the first by text stays

/** {@link VECTORS} as lines. All have the same time, and many the same id: to be told apart, each gets a second of its own. */
const vectors = VECTORS.map(
  ({ input }, index) =>
    Buffer.from(input ?? "")
      .toString("latin1") // byte by byte: not all of them are UTF-8
      .replaceAll("2026-11-21 12:00:00", `${FIRST} ${clock(index)}`)
      .replaceAll("\n", "\t"), // as the collector does
);

function clock(index: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `12:${two(Math.floor(index / 60))}:${two(index % 60)}`;
}

beforeAll(async () => {
  await stackUp("lambda");
  // One after the other: the NameNode's pod has memory for one client.
  await putFile(NIGHT, [...night, ...night].map(text).join("\n"));
  await putFile(`/lambda/events/dt=${FIRST}/vectors.json`, Buffer.from(vectors.join("\n"), "latin1"));
  await putFile(`/lambda/events/dt=${SECOND}/plain.json`, [...twice, ...plain].map(text).join("\n"));
});
afterAll(removeFiles);

/** What lies in HDFS alone, and in no topic, would be a defect to lab verify lambda. */
async function removeFiles(): Promise<void> {
  await hdfs("dfs", "-rm", "-r", "-f", NIGHT, ...[FIRST, SECOND].map((day) => `/lambda/events/dt=${day}`));
}

/** Puts a file into HDFS, as a collector would that is not ours. */
async function putFile(path: string, content: Buffer | string): Promise<void> {
  await hdfs("dfs", "-mkdir", "-p", dirname(path));
  const put = ["exec", "--stdin", "namenode-0", "--container=namenode", "--", "hdfs", "dfs", "-put", "-", path];
  await lambda.kubectlRun(put, content);
}

const text = (one: object) => JSON.stringify(one);

// While one waits for the clock, the other works.
test.concurrent("the CronJob reindexes yesterday by itself", async () => {
  const schedule = async (cron: string) =>
    lambda.kubectl("patch", "cronjob", "reindex", "--patch", text({ spec: { schedule: cron } }));
  const { spec } = await lambda.kubeGet<{ spec: { schedule: string; timeZone: string } }>("cronjob", "reindex");
  expect(spec).toMatchObject({ schedule: expect.stringMatching(/^0 \d+ \* \* \*$/), timeZone: "Asia/Seoul" });
  interface Job {
    readonly metadata: {
      readonly name: string;
      readonly uid: string;
      readonly ownerReferences?: readonly { readonly name: string }[];
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly status: { readonly succeeded?: number };
  }
  const byTheClock = async () => {
    const { items } = await lambda.kubeGet<{ items: Job[] }>("jobs");
    return items.filter(
      ({ metadata: { ownerReferences = [], annotations = {} } }) =>
        ownerReferences[0]?.name === "reindex" && !("cronjob.kubernetes.io/instantiate" in annotations),
    );
  };
  const before = new Set((await byTheClock()).map(({ metadata }) => metadata.uid));
  const nightly = async () => (await byTheClock()).find(({ metadata }) => !before.has(metadata.uid));
  await schedule("* * * * *");
  try {
    await eventually("Kubernetes has made a Job of it", 90, nightly);
  } finally {
    await schedule(spec.schedule);
  }
  await eventually("the Job has succeeded", 240, async () => (await nightly())?.status.succeeded === 1);
  const mine = (await batchRows(YESTERDAY)).filter((row) => row.id >= id && row.id < id + night.length);
  expect(mine).toEqual(expectedRows(night));
});

test.concurrent("a range of days: every odd record of enrich's is decided on as enrich decides, but for what docs/lambda.md lists", async () => {
  const { stdout } = await labOk(["reindex", FIRST, "--to", SECOND, "--stack", "lambda"]);
  expect(stdout).toMatch(new RegExp(`${SECOND}: \\d+ lines = 261 rows \\+ 87 duplicates`));
  expect(await batchRows(SECOND)).toEqual(expectedRows(plain));

  const dead = (index: number) => {
    const { name, output } = VECTORS[index] ?? { name: "", output: "" };
    if (name === "tombstone") return "empty";
    if (name === "a value of 1 MB") return "too-large";
    return typeof output === "string" ? undefined : output.dead;
  };
  const wanted = new Map<string, number>();
  VECTORS.forEach((_, index) => {
    const reason = dead(index);
    if (reason) wanted.set(reason, (wanted.get(reason) ?? 0) + 1);
  });
  const findings = await druidSql<{ finding: string; n: number }>(
    `SELECT finding, SUM("lines") AS n FROM events_lines WHERE file LIKE '%/dt=${FIRST}/%'
     AND TIME_FORMAT(__time, 'yyyy-MM-dd', 'Asia/Seoul') = '${FIRST}' AND finding NOT IN ('event', 'other-day') GROUP BY finding`,
  );
  expect(new Map(findings.map(({ finding, n }) => [finding, n]))).toEqual(wanted);

  const found = new Map(
    (
      await druidSql<{
        t: string;
        id: string;
        hello: string | null;
        user_id: number;
        age: number;
        gender: string;
        names: string;
      }>(
        `SELECT TIME_FORMAT(__time, 'HH:mm:ss', 'Asia/Seoul') AS t, CAST(id AS VARCHAR) AS id, hello, user_id, age, gender,
         user_name || '/' || dept_name AS names
         FROM events_batch WHERE TIME_FORMAT(__time, 'yyyy-MM-dd', 'Asia/Seoul') = '${FIRST}'`,
      )
    ).map((row) => [row.t, row]),
  );
  let rows = 0;
  VECTORS.forEach(({ name, output }, index) => {
    if (typeof output !== "string" || dead(index) !== undefined) return;
    rows++;
    const row = found.get(clock(index));
    const made = JSON.parse(output.replace(/"id":(-?\d+)\}$/, '"id":"$1"}')) as Record<string, unknown>;
    const { user_name, dept_name } = expectedRow({ id: Number(BigInt(made.id as string) % 10n), time: "", hello: "" });
    expect(row, name).toMatchObject({
      id: made.id,
      user_id: made.user_id,
      age: made.age,
      gender: made.gender,
      names: `${user_name}/${dept_name}`,
    });
    expect(plainValue(row?.hello), name).toEqual(plainValue(made.hello));
  });
  expect(found.size).toBe(rows);
});

test("without a day, a check looks at all of them, and finds nothing on those that were reindexed", async () => {
  await removeFiles();
  await labOk(["reindex", FIRST, "--to", SECOND, "--stack", "lambda"]); // empty days from now on
  await labOk(["reindex", YESTERDAY, "--stack", "lambda"]);
  const reindexed = await druidSql<{ day: string }>(
    `SELECT DISTINCT TIME_FORMAT(__time, 'yyyy-MM-dd', 'Asia/Seoul') AS "day" FROM events_batch`,
  );
  const { stdout } = await lab(["verify", "lambda", "--stack", "lambda"]);
  const rows = [...stdout.matchAll(/^(\d{4}-\d\d-\d\d) .* (ok|DIFFERS)$/gm)];
  const days = (verdict: string) => new Set(rows.filter(([, , said]) => said === verdict).map(([, day]) => day));
  expect(days("ok"), stdout).toContain(seoulTime(Date.now()).slice(0, 10));
  for (const day of [FIRST, SECOND, YESTERDAY]) expect(days("DIFFERS"), stdout).not.toContain(day);
  for (const { day } of reindexed) {
    expect(days("ok"), stdout).toContain(day);
    expect(days("DIFFERS"), stdout).not.toContain(day);
  }
});

/** A `hello` that was no text is Druid's text of the same value: 1.50 and 1.5 are one number, `{"a": 1}` and `{"a":1}` one object. */
function plainValue(hello: unknown): unknown {
  try {
    return JSON.parse(String(hello));
  } catch {
    return hello ?? null;
  }
}
