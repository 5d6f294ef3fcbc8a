import { lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { CONTEXT } from "./layout";

/** Places that are fixed in the code of the kubelet and of the network plugins' library. */
export interface FixedPlaces {
  /** Links to the logs of containers. */
  containerLogs: string;
  /** Results of network plugins, one file per pod. */
  networkResults: string;
  /** The kubelet's socket for device plugins. */
  devicePlugins: string;
}

/** Results of network plugins; the place is their library's. */
export const NETWORK_RESULTS = "/var/lib/cni/results";

const PLACES: FixedPlaces = {
  containerLogs: "/var/log/containers",
  networkResults: NETWORK_RESULTS,
  devicePlugins: "/var/lib/kubelet/device-plugins",
};

/**
 * Removes what a stopped kubelet and its network plugins leave outside our own directories. Directories go when nothing of
 * anybody else is in them.
 */
export function removeLeftovers(podLogs: string, places: FixedPlaces = PLACES): void {
  for (const name of list(places.containerLogs)) {
    const link = join(places.containerLogs, name);
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${podLogs}/`)) rmSync(link);
  }
  const results = list(places.networkResults);
  const ours = results.flatMap((name) => new RegExp(`^${CONTEXT}-([0-9a-f]+)-eth0$`).exec(name)?.[1] ?? []);
  for (const id of ours) {
    for (const name of [`${CONTEXT}-${id}-eth0`, `cni-loopback-${id}-lo`]) {
      rmSync(join(places.networkResults, name), { force: true });
    }
  }
  // Two kubelets cannot share this socket, so it is ours; it would be in nobody's way, but it is not ours to leave.
  for (const name of ["kubelet.sock", "kubelet_internal_checkpoint"]) {
    rmSync(join(places.devicePlugins, name), { force: true });
  }
  for (const directory of [places.containerLogs, places.networkResults, places.devicePlugins]) removeIfEmpty(directory);
  for (const directory of [places.networkResults, places.devicePlugins]) removeIfEmpty(dirname(directory));
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // nothing ever ran here
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // it holds something of another's, or is gone
  }
}
