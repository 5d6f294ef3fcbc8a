import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type JvmNeeds, jvmMemory, jvmOptions } from "../core/jvm-memory";
import type { Workload } from "../core/labels";
import { type Probes, pathProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { NAMES, PORTS, SMALL_MIB } from "./hbase-site";

type Container = types.input.core.v1.Container;
type Volume = types.input.core.v1.Volume;

/** HDFS user of all clients. */
const HDFS_USER = "lab";
/** Longest start: HDFS may be in safe mode, and logs of servers that died may have to be read. */
const START_SECONDS = 900;

/** Kinds of servers, as the image's launcher names them. */
export type Role = "master" | "regionserver" | "rest";

/** What a server gets. */
export interface ServerShare {
  /** Memory limit; the server's JVM is fitted into it. */
  readonly memoryMiB: number;
  readonly millicores: number;
}

/** What is known of a kind of server. */
export interface RoleFacts {
  readonly workload: Workload;
  /** Headless Service that gives its pods their names; none where nobody calls one pod. */
  readonly names?: string;
  readonly ports: Readonly<Record<string, number>>;
  /** Of a small server. */
  readonly needs: JvmNeeds;
  readonly probes: Probes;
}

/** What any server needs that is not small: buffers for all its handlers, and room for whatever it loads. */
const LARGE_NEEDS: JvmNeeds = {
  metaspaceMiB: 160,
  codeCacheMiB: 128,
  directMiB: 256,
  threads: 250,
  minHeapMiB: 256,
};

/** Alive is what answers over HTTP, ready what the image's script `ready` says: a Master waits for RegionServers, and they for it. */
function serverProbes(role: Role): Probes {
  const alive = { httpGet: { path: "/jmx?get=java.lang:type=Runtime::Uptime", port: "http" } };
  return {
    startupProbe: { ...alive, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: START_SECONDS / 2 },
    readinessProbe: {
      exec: { command: ["/opt/hbase/bin/ready", role] },
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    livenessProbe: { ...alive, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 9 },
  };
}

/** The kinds of servers. What a JVM needs was measured, see docs/hbase.md. */
export const ROLE_FACTS: Readonly<Record<Role, RoleFacts>> = {
  master: {
    workload: { name: "hbase-master", component: "table-master" },
    names: NAMES.master,
    ports: PORTS.master,
    needs: { metaspaceMiB: 96, codeCacheMiB: 32, directMiB: 16, threads: 120, minHeapMiB: 72 },
    probes: serverProbes("master"),
  },
  regionserver: {
    workload: { name: "hbase-regionserver", component: "table-regions" },
    names: NAMES.regionServer,
    ports: PORTS.regionServer,
    needs: { metaspaceMiB: 80, codeCacheMiB: 32, directMiB: 32, threads: 120, minHeapMiB: 112 },
    probes: serverProbes("regionserver"),
  },
  rest: {
    workload: { name: "hbase-rest", component: "table-gateway" },
    ports: PORTS.rest,
    needs: { metaspaceMiB: 64, codeCacheMiB: 24, directMiB: 8, threads: 48, minHeapMiB: 40 },
    probes: pathProbes({ ready: "/version", alive: "/version" }, "http", { startSeconds: 300 }),
  },
};

/**
 * Flags of a server's JVM.
 * @throws when its memory limit is too small.
 */
export function jvmFlags(role: Role, { memoryMiB }: ServerShare): string {
  const { workload, needs } = ROLE_FACTS[role];
  return jvmOptions(jvmMemory(workload.name, memoryMiB, memoryMiB < SMALL_MIB ? needs : LARGE_NEEDS), memoryMiB);
}

/** A server as a container, and the volumes it mounts. */
export function serverPod(
  role: Role,
  { image, share, config }: { image: pulumi.Input<string>; share: ServerShare; config: pulumi.Input<string> },
): { containers: Container[]; volumes: Volume[] } {
  const { names, ports, probes } = ROLE_FACTS[role];
  const env = [
    { name: "HBASE_JVM_OPTIONS", value: jvmFlags(role, share) },
    { name: "HADOOP_USER_NAME", value: HDFS_USER },
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ...(names ? [{ name: "AWAITED_HOST", value: `$(POD_NAME).${names}` }] : []),
  ];
  return {
    containers: [
      {
        name: role,
        image,
        args: [role],
        ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
        env,
        resources: resources(share.millicores, share.memoryMiB),
        securityContext: containerSecurity(),
        ...probes,
        volumeMounts: [CONFIG_MOUNT, TMP_MOUNT],
      },
    ],
    volumes: configVolumes(config),
  };
}

/** Where the image looks for its configuration. */
export const CONFIG_MOUNT = { name: "config", mountPath: "/etc/hbase", readOnly: true };
/** What Java and Jetty write. */
export const TMP_MOUNT = { name: "tmp", mountPath: "/tmp" };

/** The volumes of those mounts. */
export function configVolumes(config: pulumi.Input<string>): Volume[] {
  return [
    { name: "config", configMap: { name: config } },
    { name: "tmp", emptyDir: { sizeLimit: "128Mi" } },
  ];
}
