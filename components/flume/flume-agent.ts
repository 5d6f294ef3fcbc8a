import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { JOB_HTTP_PORT } from "../core/job-pod";
import { type JvmNeeds, jvmMemory, jvmOptions } from "../core/jvm-memory";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { podSpec, serviceAccount } from "../core/pod";
import { httpProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import { configProblem, type FlumeConfig } from "./agent-config";
import { agentProperties, componentNames, DATA_DIRECTORY } from "./agent-properties";

/** Open files are closed and renamed before the agent ends. */
const GRACE_SECONDS = 60;

/** HDFS as its clients need it. */
export interface HdfsAccess {
  /** Text of the client's configuration files by their names. */
  readonly clientFiles: Readonly<Record<string, string>>;
  readonly calls: readonly Endpoint[];
}

export interface FlumeAgentArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  readonly config: FlumeConfig;
  /** Servers the config names, HDFS aside. */
  readonly calls: readonly Endpoint[];
  /** Where HDFS sinks write. @default no HDFS */
  readonly hdfs?: HdfsAccess;
  /** Memory limit; the JVM is fitted into it. */
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Volume of channels and positions: how much the agent keeps while a server it writes to is away. */
  readonly storageGiB: number;
  /** Keep the volume when the stack goes, and refuse to let it go. @default false */
  readonly keepData?: boolean;
  readonly transform?: { statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

/** Non-heap parts of an agent: Flume, Kafka's and Hadoop's clients are many classes, and little of them runs often. */
const NEEDS: JvmNeeds = { metaspaceMiB: 72, codeCacheMiB: 24, directMiB: 24, threads: 64, minHeapMiB: 64 };

/** Heap that an agent with this memory limit gets, MiB. @throws when the limit is too small for an agent */
export function flumeHeapMiB(memoryMiB: number): number {
  return jvmMemory("flume", memoryMiB, NEEDS).heapMiB;
}

/** One Flume agent with its volume. One replica: sources that read files, and channels, belong to one process. */
export class FlumeAgent extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];

  constructor(name: string, args: FlumeAgentArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, config, hdfs, memoryMiB, millicores, storageGiB, keepData = false } = args;
    const problem =
      configProblem(config) ??
      (!hdfs && Object.values(config.sinks).some(({ type }) => type === "hdfs")
        ? "an hdfs sink needs hdfs"
        : undefined);
    if (problem) throw new pulumi.RunError(`FlumeAgent "${name}": ${problem}`);
    const jvm = jvmOptions(jvmMemory(name, memoryMiB, NEEDS), memoryMiB);
    super("platform:flume:FlumeAgent", name, {}, opts);
    this.workload = { name, component: "collector" };
    this.calls = [...args.calls, ...(hdfs?.calls ?? [])];
    const child = { parent: this };
    const labels = labelsOf(this.workload);
    const namespace = place.ref;

    const configMap = (role: string, files: Readonly<Record<string, string>>) =>
      configFiles(`${name}-${role}`, { workload: this.workload, namespace, files, prefix: `${name}-${role}` }, this);
    const agent = configMap("config", { "agent.properties": agentProperties(config) });
    const hadoop = hdfs && configMap("hadoop", hdfs.clientFiles);
    const account = serviceAccount(this.workload, namespace, this);
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: { name, namespace, labels },
        spec: {
          clusterIP: "None", // nobody calls an agent; its pod has a name by it
          selector: podSelector(name),
          ports: [{ name: "metrics", port: JOB_HTTP_PORT, targetPort: "http" }],
        },
      },
      child,
    );

    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata: { name, namespace, labels },
          spec: {
            replicas: 1,
            serviceName: service.metadata.name,
            selector: { matchLabels: podSelector(name) },
            updateStrategy: { type: "RollingUpdate" },
            ...dataVolume(name, storageGiB, keepData),
            template: {
              metadata: {
                labels,
                annotations: {
                  "prometheus.io/scrape": "true",
                  "prometheus.io/port": String(JOB_HTTP_PORT),
                  "prometheus.io/path": "/metrics",
                },
              },
              spec: podSpec(this.workload, account, {
                terminationGracePeriodSeconds: GRACE_SECONDS,
                containers: [
                  {
                    name: "flume",
                    image: args.image,
                    ports: [{ name: "http", containerPort: JOB_HTTP_PORT }],
                    env: [
                      { name: "FLUME_JVM_OPTIONS", value: jvm },
                      { name: "FLUME_COMPONENTS", value: componentNames(config) },
                      ...(hdfs ? [{ name: "HADOOP_USER_NAME", value: "lab" }] : []),
                    ],
                    resources: resources(millicores, memoryMiB),
                    securityContext: containerSecurity(),
                    ...httpProbes("http", { startSeconds: 300 }),
                    volumeMounts: [
                      { name: "config", mountPath: "/etc/flume", readOnly: true },
                      ...(hadoop ? [{ name: "hadoop", mountPath: "/etc/hadoop", readOnly: true }] : []),
                      { name: "data", mountPath: DATA_DIRECTORY },
                      { name: "tmp", mountPath: "/tmp" },
                    ],
                  },
                ],
                volumes: [
                  { name: "config", configMap: { name: agent.metadata.name } },
                  ...(hadoop ? [{ name: "hadoop", configMap: { name: hadoop.metadata.name } }] : []),
                  { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
                ],
              }),
            },
          },
        },
        args.transform?.statefulSet,
      ),
      { ...child, protect: keepData },
    );
    this.registerOutputs({});
  }
}
