import { lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Where every kubelet puts links to the logs of its containers; the place is fixed in its code. */
const CONTAINER_LOGS = "/var/log/containers";

/** Removes the links to our pods' logs, and the directory when nobody else uses it. */
export function removeContainerLogLinks(podLogs: string, directory = CONTAINER_LOGS): void {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return; // no kubelet ever ran here
  }
  for (const name of names) {
    const link = join(directory, name);
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${podLogs}/`)) rmSync(link);
  }
  try {
    rmdirSync(directory);
  } catch {
    // another kubelet's links are in it
  }
}
