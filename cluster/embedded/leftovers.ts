import { lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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
 * Removes what a stopped kubelet and its network plugins leave outside our own directories; after a reboot it is still there.
 * Directories go when nothing of anybody else is in them.
 * @param podLogs the directory our kubelet wrote its logs to
 * @param ran whether our kubelet ran until now; otherwise another one may be running
 * @returns whether there was anything
 */
export function removeLeftovers(podLogs: string, ran: boolean, places: FixedPlaces = PLACES): boolean {
  const links = list(places.containerLogs)
    .map((name) => join(places.containerLogs, name))
    .filter((link) => lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${podLogs}/`));
  for (const link of links) rmSync(link, { force: true });
  const results = list(places.networkResults);
  const ours = results.flatMap((name) => new RegExp(`^${CONTEXT}-([0-9a-f]+)-eth0$`).exec(name)?.[1] ?? []);
  for (const id of ours) {
    for (const name of [`${CONTEXT}-${id}-eth0`, `cni-loopback-${id}-lo`]) {
      rmSync(join(places.networkResults, name), { force: true });
    }
  }
  const devices = ran || isOnlyOurs(places.devicePlugins) ? deviceFiles(places.devicePlugins) : [];
  for (const file of devices) rmSync(file, { force: true });
  if (links.length + ours.length + devices.length === 0) return false;
  for (const directory of [places.containerLogs, places.networkResults, places.devicePlugins]) removeIfEmpty(directory);
  for (const directory of [places.networkResults, places.devicePlugins]) removeIfEmpty(dirname(directory));
  return true;
}

/** Two kubelets cannot share this socket, so it is ours when ours ran. */
function deviceFiles(devicePlugins: string): string[] {
  return list(devicePlugins)
    .filter((name) => ["kubelet.sock", "kubelet_internal_checkpoint"].includes(name))
    .map((name) => join(devicePlugins, name));
}

/** Another kubelet keeps everything it has beside this directory, ours keeps nothing there. */
function isOnlyOurs(devicePlugins: string): boolean {
  return list(dirname(devicePlugins)).every((name) => name === basename(devicePlugins));
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
