import { LabFailure } from "../cluster/core/failure";
import { interrupted, sleep } from "./interrupt";
import type { Kube } from "./kube";
import type { PodObject } from "./status";

/** A CronJob of the stack that serves as the template of one-shot Jobs; most are suspended. */
export type JobTemplate =
  | "recover"
  | "cutover"
  | "verify"
  | "reindex"
  | "verify-lambda"
  | "verify-smartcar"
  | "agree"
  | "hbase-shell";

/** How long a pod may take to start before it counts as stuck. */
const START_TIMEOUT_MS = 120_000;

interface EnvVar {
  name: string;
  value?: string;
}

/** The fields of a Job that are set or read here. */
interface JobObject {
  metadata: { name: string };
  spec: {
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    template: { spec: { containers: { env?: EnvVar[] }[] } };
  };
}

/** How long a job may run. */
export interface JobTerms {
  /** It works until somebody stops it, and is tried again after a failure. @default false */
  readonly lasting?: boolean;
  /** Nobody waits for its end: it is tried again after a failure, and goes away by itself. @default false */
  readonly unattended?: boolean;
}

/** How often what nobody waits for is tried again, and how long it is there when it has ended. */
const UNATTENDED = { retries: 3, keepSeconds: 60 } as const;

/** Puts what this run asks for over the job's config file. Pure; exported for its test. */
export function withOverrides<T extends JobObject>(
  job: T,
  overrides: Readonly<Record<string, unknown>>,
  { lasting = false, unattended = false }: JobTerms = {},
): T {
  const made = structuredClone(job);
  // Somebody watches it: how long it may take is theirs to say, and a failure theirs to see, not to be tried again.
  delete made.spec.activeDeadlineSeconds;
  made.spec.backoffLimit = lasting ? 1_000_000 : unattended ? UNATTENDED.retries : 0;
  if (unattended) made.spec.ttlSecondsAfterFinished = UNATTENDED.keepSeconds;
  for (const container of made.spec.template.spec.containers) {
    const others = (container.env ?? []).filter(({ name }) => name !== "JOB_OVERRIDES");
    container.env = [...others, { name: "JOB_OVERRIDES", value: JSON.stringify(overrides) }];
  }
  return made;
}

/** Makes a Job from its template, and waits for nothing; resolves with its name. */
export async function createJob(
  kube: Kube,
  template: JobTemplate,
  overrides: Readonly<Record<string, unknown>>,
  terms: JobTerms = {},
): Promise<string> {
  const name = `${template}-${Date.now().toString(36)}`;
  const create = ["create", "job", name, `--from=cronjob/${template}`, "--dry-run=client", "--output=json"];
  const made = JSON.parse((await kube.run(create)).stdout) as JobObject;
  await kube.run(["create", "--filename=-"], { input: JSON.stringify(withOverrides(made, overrides, terms)) });
  return name;
}

/** Makes a Job from its template and waits until its pod runs; resolves with the names of both. */
export async function startJob(
  kube: Kube,
  template: JobTemplate,
  overrides: Readonly<Record<string, unknown>>,
  terms: JobTerms = {},
): Promise<{ job: string; pod: string }> {
  const name = await createJob(kube, template, overrides, terms);
  try {
    return { job: name, pod: await started(kube, name) };
  } catch (error) {
    await removeJob(kube, name);
    throw error;
  }
}

/** Removes a Job and its pods. */
export async function removeJob(kube: Kube, name: string): Promise<void> {
  await kube.run(["delete", "job", name, "--wait=false", "--ignore-not-found"]);
}

/**
 * Runs a one-shot Job made from its template, hands its output line by line to `onLine`, and resolves with its exit code.
 * The Job is removed when it ended, or when the wait was interrupted.
 */
export async function runJob(
  kube: Kube,
  template: JobTemplate,
  overrides: Readonly<Record<string, unknown>>,
  onLine: (line: string) => void,
): Promise<number> {
  const { job, pod } = await startJob(kube, template, overrides);
  try {
    await follow(kube, pod, onLine);
    return await exitCodeOf(kube, pod);
  } finally {
    await removeJob(kube, job);
  }
}

async function started(kube: Kube, job: string): Promise<string> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const [pod] = await kube.list<PodObject>("pods", `job-name=${job}`);
    if (pod && pod.status?.phase !== "Pending") return pod.metadata.name;
    const reason = pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason;
    if (Date.now() > deadline) {
      throw new LabFailure(`job ${job} did not start in ${START_TIMEOUT_MS / 1000} s${reason ? ` (${reason})` : ""}`, {
        fix: "lab status shows what the cluster lacks",
      });
    }
    await sleep(500);
  }
}

function follow(kube: Kube, pod: string, onLine: (line: string) => void): Promise<unknown> {
  return kube.run(["logs", "--follow", `pod/${pod}`], { onLine, signal: interrupted });
}

/** Exit code of a pod's container, once it has ended. */
export async function exitCodeOf(kube: Kube, pod: string): Promise<number> {
  interface Ended {
    status?: { containerStatuses?: { state?: { terminated?: { exitCode: number } } }[] };
  }
  for (let attempt = 0; attempt < 60; attempt++) {
    const { status } = await kube.get<Ended>([`pod/${pod}`]);
    const ended = status?.containerStatuses?.[0]?.state?.terminated;
    if (ended) return ended.exitCode;
    await sleep(500);
  }
  throw new LabFailure(`pod ${pod} closed its output but did not end`, { fix: `kubectl describe pod ${pod}` });
}
