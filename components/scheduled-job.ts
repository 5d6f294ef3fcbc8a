import * as pulumi from "@pulumi/pulumi";
import type { Workload } from "./core/labels";
import type { Endpoint, NetworkNeeds } from "./core/network";
import { cronJob, type OneShotJobArgs } from "./one-shot-job";

/** A run that was missed, because the cluster was off, is made up for within this time. */
const LATEST_START_SECONDS = 6 * 3600;

export interface ScheduledJobArgs<Config> extends OneShotJobArgs<Config> {
  /** When, in cron's five fields. @example "0 1 * * *" */
  readonly schedule: string;
  /** @default "Asia/Seoul" */
  readonly timeZone?: string;
}

/**
 * A TypeScript job that runs by the clock, never twice at a time; also the template from which people start one, by
 * `kubectl create job --from=cronjob/<name>`. The job itself must be idempotent.
 */
export class ScheduledJob<Config> extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];

  constructor(name: string, args: ScheduledJobArgs<Config>, opts?: pulumi.ComponentResourceOptions) {
    const { schedule, timeZone = "Asia/Seoul" } = args;
    if (!/^\S+( \S+){4}$/.test(schedule)) {
      throw new pulumi.RunError(`ScheduledJob "${name}": schedule must have cron's five fields, got "${schedule}"`);
    }
    super("platform:job:ScheduledJob", name, {}, opts);
    this.workload = { name, component: "scheduled-job" };
    this.calls = args.calls;
    const spec = {
      schedule,
      timeZone,
      startingDeadlineSeconds: LATEST_START_SECONDS,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
    };
    const { retries = 2, timeoutSeconds = 6 * 3600 } = args;
    cronJob(this.workload, args, { spec, retries, timeoutSeconds }, this);
    this.registerOutputs({});
  }
}
