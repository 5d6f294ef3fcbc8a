import type { types } from "@pulumi/kubernetes";
import { type Probes, tcpProbes } from "../core/probes";
import type { HadoopProcess, ServerShare } from "./hadoop-server";
import { PORTS } from "./hdfs-shape";

type EnvVar = types.input.core.v1.EnvVar;

/** Longest start: a large file system image is read, and in a pair a volume may be copied from the other NameNode. */
const START_SECONDS = 1800;

/**
 * Ready is what the image's script `ready` says. Alive is what answers over HTTP: a NameNode in safe mode does, and is
 * not started anew for it.
 */
function probes(role: string): Probes {
  const alive = { httpGet: { path: "/jmx?get=java.lang:type=Runtime::Uptime", port: "http" } };
  return {
    startupProbe: { ...alive, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: START_SECONDS / 2 },
    readinessProbe: {
      exec: { command: ["/opt/hadoop/bin/ready", role] },
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    livenessProbe: { ...alive, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  };
}

/** A NameNode: all names and blocks are in its heap. */
export function nameNode(share: ServerShare, env: readonly EnvVar[]): HadoopProcess {
  return {
    ...share,
    role: "namenode",
    needs: { metaspaceMiB: 64, directMiB: 16, threads: 64, minHeapMiB: 64 },
    ports: PORTS.nameNode,
    probes: probes("namenode"),
    env,
  };
}

/** A DataNode: a thread and buffers for each block being read or written; the rest is the page cache's. */
export function dataNode(share: ServerShare, env: readonly EnvVar[]): HadoopProcess {
  return {
    ...share,
    role: "datanode",
    needs: { metaspaceMiB: 64, directMiB: share.memoryMiB < 1024 ? 24 : 128, threads: 96, maxHeapShare: 0.5 },
    ports: PORTS.dataNode,
    probes: probes("datanode"),
    env,
  };
}

/** A JournalNode: takes the edits of the active NameNode to its disk. */
export function journalNode(share: ServerShare): HadoopProcess {
  return {
    ...share,
    role: "journalnode",
    needs: { metaspaceMiB: 64, directMiB: 8, threads: 48, minHeapMiB: 48 },
    ports: PORTS.journalNode,
    probes: tcpProbes("rpc"),
  };
}

/** A failover controller: holds the lock in ZooKeeper that makes its NameNode the active one. */
export function failoverController(share: ServerShare, env: readonly EnvVar[]): HadoopProcess {
  return {
    ...share,
    role: "zkfc",
    needs: { metaspaceMiB: 48, codeCacheMiB: 24, directMiB: 8, threads: 32, minHeapMiB: 32 },
    ports: { zkfc: PORTS.zkfc.rpc },
    probes: tcpProbes("zkfc", { startSeconds: START_SECONDS }),
    env,
  };
}
