import type * as pulumi from "@pulumi/pulumi";
import type { SuperviseConfigInput, SupervisorSpecInput } from "../../jobs/supervise/config";
import type { JobPodArgs } from "../core/job-pod";
import type { Endpoint } from "../core/network";
import { OneShotJob } from "../one-shot-job";
import type { Druid } from "./druid";

/** With which `supervise` says that the spec does not work. */
const SPEC_REFUSED = 3;

export interface DruidSupervisorArgs extends Omit<JobPodArgs<SuperviseConfigInput>, "config" | "calls" | "secrets"> {
  readonly druid: Pick<Druid, "endpoint" | "routerUrl">;
  /** Kafka, which the spec names; only Druid itself calls it. */
  readonly kafka: Endpoint;
  readonly spec: SupervisorSpecInput;
  /** How long Druid may take to come up, and then the supervisor to run. @default 600 */
  readonly waitSeconds?: number;
}

/**
 * A Kafka supervisor as a declared resource: a one-shot job makes Druid run the spec. A spec that Druid cannot run fails the
 * update, and what ran before goes on: the Job does not try such a spec again, as each trial stops what runs.
 */
export class DruidSupervisor extends OneShotJob<SuperviseConfigInput> {
  constructor(name: string, args: DruidSupervisorArgs, opts?: pulumi.ComponentResourceOptions) {
    const { druid, kafka, spec, waitSeconds = 600, ...pod } = args;
    const longestSeconds = 2 * waitSeconds + 120;
    // The check of a spec asks Kafka, whose own patience is a minute.
    const config = { druid: { url: druid.routerUrl, timeoutMs: 120_000 }, spec, waitSeconds, longestSeconds };
    const calls = [druid.endpoint, kafka];
    super(name, { ...pod, config, calls, timeoutSeconds: longestSeconds, finalExitCode: SPEC_REFUSED }, opts);
  }
}
