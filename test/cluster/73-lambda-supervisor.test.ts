import { afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "./support/lab";
import { lambda, serviceUrl } from "./support/lambda";
import { stackUp } from "./support/stack-up";

/** More than the threads whose buffers would fill what a small Coordinator has outside its heap: see the image of Druid. */
const CHECKS = 8;
const TRIAL = "supervise-trial";

interface Env {
  readonly name: string;
  readonly value: string;
}

interface Job {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly template: {
      readonly metadata: { labels: Record<string, string> };
      readonly spec: { readonly containers: readonly { env?: Env[] }[] };
    };
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly reason?: string }[] };
}

interface Spec {
  readonly spec: { readonly ioConfig: { readonly taskDuration: string } };
}

beforeAll(async () => {
  await stackUp("lambda");
});
afterEach(async () => {
  await lambda.kubectl("delete", "job", TRIAL, "--ignore-not-found");
});

async function druid<T>(path: string, body?: object): Promise<T> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`${await serviceUrl("druid-router")}/druid/indexer/v1/${path}`, body && init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Druid: ${answer.status} ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}

const running = () => druid<Spec>("supervisor/events_stages");

/** Runs the stack's own Job once more, with something else to say; resolves with how it failed and the end of its log. */
async function tried(overrides: object): Promise<{ reason: string | undefined; said: string }> {
  const { items } = await lambda.kubeGet<{ items: Job[] }>("jobs", "--selector", "app.kubernetes.io/name=supervise");
  const [job] = items;
  if (!job) throw new Error("the stack has no Job supervise");
  const { template, ...spec } = { ...job.spec, selector: undefined };
  const isOfTheJob = ([key]: [string, string]) => /controller-uid|job-name/.test(key);
  template.metadata.labels = Object.fromEntries(Object.entries(template.metadata.labels).filter((l) => !isOfTheJob(l)));
  for (const container of template.spec.containers) {
    container.env = [...(container.env ?? []), { name: "JOB_OVERRIDES", value: JSON.stringify(overrides) }];
  }
  const metadata = { name: TRIAL, labels: job.metadata.labels };
  const trial = { apiVersion: "batch/v1", kind: "Job", metadata, spec: { ...spec, template } };
  await lambda.kubectlRun(["create", "--filename=-"], JSON.stringify(trial));
  const reason = await eventually("the Job has failed", 120, async () => {
    const { status } = await lambda.kubeGet<Job>("job", TRIAL);
    return status?.conditions?.find(({ type }) => type === "Failed")?.reason;
  });
  return { reason, said: await lambda.kubectl("logs", `job/${TRIAL}`) };
}

test("a spec can be checked again and again", async () => {
  const check = { type: "kafka", spec: await running(), samplerConfig: { numRows: 20, timeoutMs: 5000 } };
  for (let time = 0; time < CHECKS; time += 1) {
    const { numRowsRead } = await druid<{ numRowsRead: number }>("sampler", check);
    expect(numRowsRead).toBe(20);
  }
});

test("a spec that Druid refuses fails its Job at once, and nothing is changed", async () => {
  const before = await running();
  const { reason, said } = await tried({ spec: { spec: { ioConfig: { topic: "nowhere" } } } });
  expect(said).toContain("nothing was changed");
  expect(reason).toBe("PodFailurePolicy");
  expect(await running()).toEqual(before);
});

test("a spec that does not come to run is taken back at once, and the one before runs", async () => {
  const { spec } = await running();
  const { reason, said } = await tried({ waitSeconds: 1, spec: { spec: { ioConfig: { taskDuration: "PT1234S" } } } });
  expect(said).toContain("the spec before runs again");
  expect(reason).toBe("PodFailurePolicy");
  expect((await running()).spec.ioConfig.taskDuration).toBe(spec.ioConfig.taskDuration);
  await eventually("it has a task", 120, async () => {
    const { payload } = await druid<{ payload: { activeTasks: unknown[]; state: string } }>(
      "supervisor/events_stages/status",
    );
    return payload.state === "RUNNING" && payload.activeTasks.length > 0;
  });
});
