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

/**
 * A TypeScript job that an update runs to its end, once for each config: its name carries the config's hash, so a changed
 * config is a new Job. The job itself must be idempotent.
 */
export class OneShotJob<Config> extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];
  /** What waits for the job's success depends on this. */
  readonly job: k8s.batch.v1.Job;

  constructor(name: string, args: OneShotJobArgs<Config>, opts?: pulumi.ComponentResourceOptions) {
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
        },
        spec: { backoffLimit: args.retries ?? 6, activeDeadlineSeconds: args.timeoutSeconds ?? 600, template },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
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
    const { template } = jobPod(this.workload, args, { restartPolicy: "Never", graceSeconds: GRACE_SECONDS }, this);
    new k8s.batch.v1.CronJob(
      name,
      {
        metadata: { name, namespace: args.place.ref, labels: labelsOf(this.workload) },
        spec: {
          suspend: true,
          schedule: "0 0 1 1 *", // required, never used
          concurrencyPolicy: "Forbid",
          jobTemplate: {
            metadata: { labels: labelsOf(this.workload) },
            spec: {
              backoffLimit: args.retries ?? 0,
              activeDeadlineSeconds: args.timeoutSeconds ?? 3600,
              ttlSecondsAfterFinished: KEEP_SECONDS,
              template,
            },
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
