import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Place } from "../namespace";
import { configFiles } from "./config-files";
import { labelsOf, type Workload } from "./labels";
import type { Endpoint } from "./network";
import { type SecretFile, secretFiles } from "./password";
import { podSpec, type Spread, serviceAccount } from "./pod";
import type { Probes } from "./probes";
import { resources } from "./quantity";
import { containerSecurity } from "./security";

/** Port of a job's `/healthz`, `/readyz` and `/metrics`. */
export const JOB_HTTP_PORT = 8080;
/** Share of the memory limit that is JavaScript's; buffers of records and Node itself need the rest. */
const OLD_SPACE_SHARE = 0.5;

/** What any pod of a TypeScript job is made of, long-running or not. */
export interface JobPodArgs<Config> {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  /** The job's one config file; anything not in its interface is refused by the job at its start. */
  readonly config: Config;
  /** Servers the job's config names. */
  readonly calls: readonly Endpoint[];
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Passwords, mounted below `/etc/secrets/<group>`. */
  readonly secrets?: { readonly group: string; readonly files: readonly SecretFile[] };
}

/** A job's ConfigMap, account and pod. */
export interface JobPod {
  readonly labels: Record<string, string>;
  readonly template: k8s.types.input.core.v1.PodTemplateSpec;
}

/** How the pod is run. */
export interface JobPodOptions {
  readonly restartPolicy: "Always" | "Never" | "OnFailure";
  readonly graceSeconds: number;
  readonly annotations?: Record<string, string>;
  readonly probes?: Probes;
  readonly spread?: Spread;
}

/** Node's option for the heap of a job in a container with this limit. */
export function jobHeap(memoryMiB: number): string {
  return `--max-old-space-size=${Math.floor(memoryMiB * OLD_SPACE_SHARE)}`;
}

/** The container of a TypeScript job, alone in its pod or beside another; the pod has `tmp` and the config's volume. */
export function jobContainer(
  name: string,
  args: Pick<JobPodArgs<unknown>, "image" | "memoryMiB" | "millicores">,
  mounts: k8s.types.input.core.v1.VolumeMount[],
  probes?: Probes,
  configVolume = "config",
): k8s.types.input.core.v1.Container {
  return {
    name,
    image: args.image,
    env: [{ name: "NODE_OPTIONS", value: jobHeap(args.memoryMiB) }],
    ...(probes ? { ports: [{ name: "http", containerPort: JOB_HTTP_PORT }], ...probes } : {}),
    resources: resources(args.millicores, args.memoryMiB),
    securityContext: containerSecurity(),
    volumeMounts: [
      { name: configVolume, mountPath: "/etc/job", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
      ...mounts,
    ],
  };
}

/** Declares a job's config and account below `parent`, and makes the template of its pods. */
export function jobPod<Config>(
  workload: Workload,
  args: JobPodArgs<Config>,
  { restartPolicy, graceSeconds, annotations, probes, spread }: JobPodOptions,
  parent: pulumi.Resource,
): JobPod {
  const labels = labelsOf(workload);
  const namespace = args.place.ref;
  const files = { "config.json": JSON.stringify(args.config, undefined, 2) };
  const config = configFiles(`${workload.name}-config`, { workload, namespace, files }, parent);
  const account = serviceAccount(workload, namespace, parent);
  const secrets = args.secrets && secretFiles(args.secrets.group, args.secrets.files);
  return {
    labels,
    template: {
      metadata: { labels, ...(annotations ? { annotations } : {}) },
      spec: podSpec(
        workload,
        account,
        {
          restartPolicy,
          terminationGracePeriodSeconds: graceSeconds,
          containers: [jobContainer(workload.name, args, secrets ? [secrets.mount] : [], probes)],
          volumes: [
            { name: "config", configMap: { name: config.metadata.name } },
            { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
            ...(secrets ? [secrets.volume] : []),
          ],
        },
        spread,
      ),
    },
  };
}
