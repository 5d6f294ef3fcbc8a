import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { JOB_HTTP_PORT, type JobPodArgs, jobPod } from "./core/job-pod";
import { labelsOf, podSelector, type Workload } from "./core/labels";
import type { Endpoint, NetworkNeeds } from "./core/network";
import { disruptionBudget, type Spread } from "./core/pod";
import { httpProbes } from "./core/probes";
import { type Transform, transformed } from "./core/transform";

/** A job stops in 30 s; the rest is for the kubelet to notice. */
const GRACE_SECONDS = 45;

export interface StreamJobArgs<Config> extends JobPodArgs<Config> {
  /** Instances that share the work. @default 1 */
  readonly replicas?: number;
  /** Never run the old and the new version at once, as for a source that numbers its records. @default false */
  readonly alone?: boolean;
  /** Whether others, people among them, reach its pages by a Service of its name. @default false */
  readonly serves?: boolean;
  /** @default "none" */
  readonly spread?: Spread;
  readonly transform?: { deployment?: Transform<k8s.apps.v1.DeploymentArgs> };
}

/** A TypeScript job that runs for ever: its config, its probes, its metrics, its graceful stop. */
export class StreamJob<Config> extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];
  readonly openPorts?: readonly number[];

  constructor(name: string, args: StreamJobArgs<Config>, opts?: pulumi.ComponentResourceOptions) {
    const { place, replicas = 1, alone = false, serves = false, spread = "none" } = args;
    if (alone && replicas !== 1) {
      throw new pulumi.RunError(`StreamJob "${name}": replicas must be 1 for a job that runs alone, got ${replicas}`);
    }
    super("platform:job:StreamJob", name, {}, opts);
    this.workload = { name, component: "stream-job" };
    this.calls = args.calls;
    const { template } = jobPod(
      this.workload,
      args,
      {
        restartPolicy: "Always",
        graceSeconds: GRACE_SECONDS,
        probes: httpProbes("http", { startSeconds: 180 }),
        spread,
        annotations: {
          "prometheus.io/scrape": "true",
          "prometheus.io/port": String(JOB_HTTP_PORT),
          "prometheus.io/path": "/metrics",
        },
      },
      this,
    );
    if (serves) {
      this.openPorts = [JOB_HTTP_PORT];
      new k8s.core.v1.Service(
        `${name}-service`,
        {
          metadata: { name, namespace: place.ref, labels: labelsOf(this.workload) },
          spec: { selector: podSelector(name), ports: [{ name: "http", port: JOB_HTTP_PORT, targetPort: "http" }] },
        },
        { parent: this },
      );
    }
    if (replicas > 1) disruptionBudget(this.workload, place.ref, this);
    new k8s.apps.v1.Deployment(
      name,
      transformed<k8s.apps.v1.DeploymentArgs>(
        {
          metadata: { name, namespace: place.ref, labels: labelsOf(this.workload) },
          spec: {
            replicas,
            selector: { matchLabels: podSelector(name) },
            revisionHistoryLimit: 2,
            // No surge: instances share partitions, so one more would only make them rebalance once more.
            strategy: alone
              ? { type: "Recreate" }
              : { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
            template,
          },
        },
        args.transform?.deployment,
      ),
      { parent: this },
    );
    this.registerOutputs({});
  }
}
