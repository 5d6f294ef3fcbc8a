import { nodeCondition } from "./api";
import { cgroupsAreUp } from "./cgroups";
import { CONTEXT, defaultLayout, type Layout, paths as pathsOf } from "./layout";
import { networkIsUp } from "./network";
import { isAlive } from "./process-identity";
import { readRecord } from "./record";
import { notReady } from "./supervise";
import { readProcesses, readState } from "./supervisor/files";
import { sysctlsAreSet } from "./sysctls";

/** How to reach the embedded cluster. */
export interface Cluster {
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** Context in it. */
  context: typeof CONTEXT;
  /** For `BUILDKIT_HOST`. */
  buildkitAddress: string;
  /** Path of containerd's socket. */
  containerdAddress: string;
}

/** The embedded cluster of this cache when it runs and is healthy, otherwise undefined. Well under a second; changes nothing. */
export async function findCluster(): Promise<Cluster | undefined> {
  const layout = defaultLayout();
  return (await healthy(layout)) ? clusterOf(layout) : undefined;
}

/** Whether supervisor, every process, network and node are as they should be. */
export async function healthy(layout: Layout): Promise<boolean> {
  const paths = pathsOf(layout);
  const processes = readProcesses(paths.processes);
  const supervisor = readState(paths.state)?.supervisor;
  if (readRecord(layout)?.data !== layout.data || !processes?.length) return false;
  if (!supervisor || !isAlive(supervisor) || !sysctlsAreSet() || !cgroupsAreUp()) return false;
  const [network, awaited, node] = await Promise.all([networkIsUp(), notReady(paths, processes), nodeCondition(paths)]);
  return network && awaited.length === 0 && node.ready;
}

/** Addresses of the cluster in a layout; whether it runs is not asked. */
export function clusterOf(layout: Layout): Cluster {
  const paths = pathsOf(layout);
  return {
    kubeconfig: paths.adminKubeconfig,
    context: CONTEXT,
    buildkitAddress: `unix://${paths.buildkitSocket}`,
    containerdAddress: paths.containerdSocket,
  };
}
