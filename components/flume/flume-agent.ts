import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { JOB_HTTP_PORT, jobContainer } from "../core/job-pod";
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
import { agentProperties, componentNames, DATA_DIRECTORY, sourceDirectories } from "./agent-properties";

/** Open files are closed and renamed before the agent ends. */
const GRACE_SECONDS = 60;

/** HDFS as its clients need it. */
export interface HdfsAccess {
  /** Text of the client's configuration files by their names. */
  readonly clientFiles: Readonly<Record<string, string>>;
  readonly calls: readonly Endpoint[];
}

/** A job beside the agent that makes the files its sources read, on the agent's volume, and answers over HTTP. */
export interface Feeder<Config = unknown> {
  /** The container's name. */
  readonly name: string;
  readonly image: pulumi.Input<string>;
  /** The job's one config file; it serves `/healthz`, `/readyz` and `/metrics` on `JOB_HTTP_PORT`. */
  readonly config: Config;
  readonly memoryMiB: number;
  readonly millicores: number;
}

export interface FlumeAgentArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  readonly config: FlumeConfig;
  /** Servers the config names, HDFS aside. */
  readonly calls: readonly Endpoint[];
  /** Where HDFS sinks write. @default no HDFS */
  readonly hdfs?: HdfsAccess;
  /** What makes the files. @default somebody else does, or nobody: the sources read no files */
  readonly feeder?: Feeder;
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

/** Port of an agent's own health and metrics where a feeder has the usual one. */
const PORT_BESIDE_FEEDER = 8081;

/** Heap that an agent with this memory limit gets, MiB. @throws when the limit is too small for an agent */
export function flumeHeapMiB(memoryMiB: number): number {
  return jvmMemory("flume", memoryMiB, NEEDS).heapMiB;
}

/** One Flume agent with its volume. One replica: sources that read files, and channels, belong to one process. */
export class FlumeAgent extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];
  /** Where the feeder answers. @default undefined without one */
  readonly feeder: Endpoint | undefined;

  constructor(name: string, args: FlumeAgentArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, config, hdfs, feeder, memoryMiB, millicores, storageGiB, keepData = false } = args;
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
    this.feeder = feeder && { workload: name, host: name, port: JOB_HTTP_PORT };
    const port = feeder ? PORT_BESIDE_FEEDER : JOB_HTTP_PORT;
    const portName = feeder ? "flume" : "http";
    const directories = sourceDirectories(config);

    const configMap = (role: string, files: Readonly<Record<string, string>>) =>
      configFiles(`${name}-${role}`, { workload: this.workload, namespace, files, prefix: `${name}-${role}` }, this);
    const agent = configMap("config", { "agent.properties": agentProperties(config) });
    const hadoop = hdfs && configMap("hadoop", hdfs.clientFiles);
    const feederConfig = feeder && configMap("feeder", { "config.json": JSON.stringify(feeder.config, undefined, 2) });
    const data = { name: "data", mountPath: DATA_DIRECTORY };
    const account = serviceAccount(this.workload, namespace, this);
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: { name, namespace, labels },
        spec: {
          clusterIP: "None", // one pod, which has a name by it
          selector: podSelector(name),
          // What a feeder knows can be asked while the agent beside it is down.
          ...(feeder ? { publishNotReadyAddresses: true } : {}),
          ports: [
            ...(feeder ? [{ name: "http", port: JOB_HTTP_PORT, targetPort: "http" }] : []),
            { name: "metrics", port, targetPort: portName },
          ],
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
                  "prometheus.io/port": String(port),
                  "prometheus.io/path": "/metrics",
                },
              },
              spec: podSpec(this.workload, account, {
                terminationGracePeriodSeconds: GRACE_SECONDS,
                containers: [
                  {
                    name: "flume",
                    image: args.image,
                    ports: [{ name: portName, containerPort: port }],
                    env: [
                      { name: "FLUME_JVM_OPTIONS", value: jvm },
                      { name: "FLUME_COMPONENTS", value: componentNames(config) },
                      ...(feeder ? [{ name: "FLUME_HTTP_PORT", value: String(port) }] : []),
                      ...(directories.length > 0 ? [{ name: "FLUME_DIRECTORIES", value: directories.join(" ") }] : []),
                      ...(hdfs ? [{ name: "HADOOP_USER_NAME", value: "lab" }] : []),
                    ],
                    resources: resources(millicores, memoryMiB),
                    securityContext: containerSecurity(),
                    ...httpProbes(portName, { startSeconds: 300 }),
                    volumeMounts: [
                      { name: "config", mountPath: "/etc/flume", readOnly: true },
                      ...(hadoop ? [{ name: "hadoop", mountPath: "/etc/hadoop", readOnly: true }] : []),
                      data,
                      { name: "tmp", mountPath: "/tmp" },
                    ],
                  },
                  ...(feeder ? [jobContainer(feeder.name, feeder, [data], httpProbes("http"), "feeder")] : []),
                ],
                volumes: [
                  { name: "config", configMap: { name: agent.metadata.name } },
                  ...(hadoop ? [{ name: "hadoop", configMap: { name: hadoop.metadata.name } }] : []),
                  ...(feederConfig ? [{ name: "feeder", configMap: { name: feederConfig.metadata.name } }] : []),
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
