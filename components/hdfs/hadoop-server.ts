import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { type JvmNeeds, jvmMemory, jvmOptions } from "../core/jvm-memory";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import { disruptionBudget, podSpec, type Spread, serviceAccount } from "../core/pod";
import type { Probes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import { DATA_DIRECTORY } from "./hdfs-site";

type Container = k8s.types.input.core.v1.Container;
type EnvVar = k8s.types.input.core.v1.EnvVar;

/** What a server gets. */
export interface ServerShare {
  /** Memory limit; the server's JVM is fitted into it. */
  readonly memoryMiB: number;
  readonly millicores: number;
}

/** What a server with a volume gets. */
export interface StoredServerShare extends ServerShare {
  readonly storageGiB: number;
}

/** What all servers of one HDFS have in common. */
export interface HadoopPlace {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  readonly keepData?: boolean;
  readonly spread?: Spread;
}

/** One process of Hadoop. */
export interface HadoopProcess extends ServerShare {
  /** What the image's launcher is told to start: `namenode`, `datanode`, `journalnode` or `zkfc`. */
  readonly role: string;
  readonly needs: JvmNeeds;
  /** Ports by name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly probes: Probes;
  readonly env?: readonly EnvVar[];
}

/**
 * The flags of a process's JVM.
 * @throws when its memory limit is too small.
 */
export function jvmFlags({ role, memoryMiB, needs }: HadoopProcess): string {
  return jvmOptions(jvmMemory(role, memoryMiB, needs), memoryMiB);
}

/** A process as a container. Only the first of a pod has the volume. */
export function hadoopContainer(image: pulumi.Input<string>, process: HadoopProcess, stored: boolean): Container {
  const { role, ports, probes, env = [], memoryMiB, millicores } = process;
  return {
    name: role,
    image,
    args: [role],
    ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
    env: [
      { name: "HADOOP_JVM_OPTIONS", value: jvmFlags(process) },
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      ...env,
    ],
    resources: resources(millicores, memoryMiB),
    securityContext: containerSecurity(),
    ...probes,
    volumeMounts: [
      { name: "config", mountPath: "/etc/hadoop", readOnly: true },
      ...(stored ? [{ name: "data", mountPath: DATA_DIRECTORY }] : []),
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** A kind of server of HDFS: pods with stable names, each with a volume. */
export interface HadoopServers {
  readonly workload: Workload;
  /** Headless Service that gives the pods their names. */
  readonly service: string;
  readonly replicas: number;
  /** The first keeps the data. */
  readonly processes: readonly [HadoopProcess, ...HadoopProcess[]];
  readonly storageGiB: number;
  /** Files of `/etc/hadoop`. */
  readonly files: Readonly<Record<string, string>>;
  readonly graceSeconds: number;
  readonly transform?: Transform<k8s.apps.v1.StatefulSetArgs>;
}

/** Declares the servers of one kind below `parent`. */
export function hadoopServers(
  { place, image, keepData = false, spread = "none" }: HadoopPlace,
  servers: HadoopServers,
  parent: pulumi.Resource,
): k8s.apps.v1.StatefulSet {
  const { workload, service, replicas, processes, storageGiB, files, graceSeconds } = servers;
  const labels = labelsOf(workload);
  const namespace = place.ref;
  const config = configFiles(`${workload.name}-config`, { workload, namespace, files }, parent);
  const account = serviceAccount(workload, namespace, parent);
  const headless = new k8s.core.v1.Service(
    service,
    {
      metadata: { name: service, namespace, labels },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true, // servers need each other to become ready
        selector: podSelector(workload.name),
        ports: processes.flatMap(({ ports }) =>
          Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name })),
        ),
      },
    },
    { parent },
  );
  if (replicas > 1) disruptionBudget(workload, namespace, parent);
  return new k8s.apps.v1.StatefulSet(
    workload.name,
    transformed<k8s.apps.v1.StatefulSetArgs>(
      {
        metadata: { name: workload.name, namespace, labels },
        spec: {
          replicas,
          serviceName: headless.metadata.name,
          selector: { matchLabels: podSelector(workload.name) },
          podManagementPolicy: "Parallel", // one that cannot become ready must not keep the others from starting
          updateStrategy: { type: "RollingUpdate" },
          ...dataVolume(workload.name, storageGiB, keepData),
          template: {
            metadata: { labels },
            spec: podSpec(
              workload,
              account,
              {
                terminationGracePeriodSeconds: graceSeconds,
                containers: processes.map((process, index) => hadoopContainer(image, process, index === 0)),
                volumes: [
                  { name: "config", configMap: { name: config.metadata.name } },
                  { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
                ],
              },
              spread,
            ),
          },
        },
      },
      servers.transform,
    ),
    { parent, protect: keepData },
  );
}
