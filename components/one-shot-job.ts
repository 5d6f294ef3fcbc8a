import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { contentName } from "./core/content-name";
import { type JobPodArgs, jobPod } from "./core/job-pod";
import { labelsOf, type Workload } from "./core/labels";
import type { Endpoint, NetworkNeeds } from "./core/network";

const GRACE_SECONDS = 45;
/** A run somebody asked for stays readable for a day. */
const KEEP_SECONDS = 86_400;

export interface OneShotJobArgs<Config> extends JobPodArgs<Config> {
  /** Runs after a failure, with growing pauses between them. @default 6 */
  readonly retries?: number;
  /** Longest time of all runs together. @default 600 */
  readonly timeoutSeconds?: number;
}

/** What a job that an update runs may say of its failures. */
export interface FailureArgs {
  /** Exit code of a failure that another run would only repeat: the Job fails at once. @default there is none */
  readonly finalExitCode?: number;
}

/**
 * A TypeScript job that an update runs to its end, once for each config: its name carries the config's hash, so a changed
 * config is a new Job. The job itself must be idempotent.
 */
export class OneShotJob<Config> extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];
  /** What waits for the job's success depends on this. */
  readonly job: k8s.batch.v1.Job;

  constructor(name: string, args: OneShotJobArgs<Config> & FailureArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:job:OneShotJob", name, {}, opts);
    this.workload = { name, component: "one-shot-job" };
    this.calls = args.calls;
    const { template } = jobPod(this.workload, args, { restartPolicy: "Never", graceSeconds: GRACE_SECONDS }, this);
    this.job = new k8s.batch.v1.Job(
      name,
      {
        metadata: {
          name: contentName(name, args.config),
          namespace: args.place.ref,
          labels: labelsOf(this.workload),
          // A Job that has failed for good never becomes ready: without this no later update could do better.
          annotations: { "pulumi.com/replaceUnready": "true" },
        },
        spec: {
          backoffLimit: args.retries ?? 6,
          activeDeadlineSeconds: args.timeoutSeconds ?? 600,
          ...(args.finalExitCode === undefined ? {} : { podFailurePolicy: failingOn(name, args.finalExitCode) }),
          template,
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function failingOn(containerName: string, exitCode: number): k8s.types.input.batch.v1.PodFailurePolicy {
  return { rules: [{ action: "FailJob", onExitCodes: { containerName, operator: "In", values: [exitCode] } }] };
}

/** What tells one CronJob of a job from another. */
export interface CronTerms {
  readonly spec: Omit<k8s.types.input.batch.v1.CronJobSpec, "jobTemplate">;
  /** Runs after a failure. */
  readonly retries: number;
  /** Longest time of all runs together. */
  readonly timeoutSeconds: number;
}

/** A CronJob of a TypeScript job: never two runs at a time, each readable for a day. */
export function cronJob<Config>(
  workload: Workload,
  args: JobPodArgs<Config>,
  { spec, retries, timeoutSeconds }: CronTerms,
  parent: pulumi.Resource,
): k8s.batch.v1.CronJob {
  const labels = labelsOf(workload);
  const { template } = jobPod(workload, args, { restartPolicy: "Never", graceSeconds: GRACE_SECONDS }, parent);
  return new k8s.batch.v1.CronJob(
    workload.name,
    {
      metadata: { name: workload.name, namespace: args.place.ref, labels },
      spec: {
        ...spec,
        concurrencyPolicy: "Forbid",
        jobTemplate: {
          metadata: { labels },
          spec: {
            backoffLimit: retries,
            activeDeadlineSeconds: timeoutSeconds,
            ttlSecondsAfterFinished: KEEP_SECONDS,
            template,
          },
        },
      },
    },
    { parent },
  );
}

/**
 * A TypeScript job that people start: a suspended CronJob, from which `kubectl create job --from=cronjob/<name>` makes a run.
 */
export class JobTemplate<Config> extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];

  constructor(name: string, args: OneShotJobArgs<Config>, opts?: pulumi.ComponentResourceOptions) {
    super("platform:job:JobTemplate", name, {}, opts);
    this.workload = { name, component: "job-template" };
    this.calls = args.calls;
    const spec = { suspend: true, schedule: "0 0 1 1 *" }; // a schedule is required, and never used
    cronJob(
      this.workload,
      args,
      { spec, retries: args.retries ?? 0, timeoutSeconds: args.timeoutSeconds ?? 3600 },
      this,
    );
    this.registerOutputs({});
  }
}
