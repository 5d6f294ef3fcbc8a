import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "../core/run";
import { BRIDGE, CONTEXT } from "./layout";
import { NETWORK_RESULTS } from "./leftovers";
import { readJson } from "./supervisor/files";

/** What the network plugins' library keeps of one pod. */
interface NetworkResult {
  networkName?: string;
  result?: { interfaces?: { name: string; sandbox?: string }[] };
}

/** This machine's ends of the pods' links, as the network plugins have noted them. */
export function podLinks(directory = NETWORK_RESULTS): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name) => {
    const noted = readJson<NetworkResult>(join(directory, name));
    if (noted?.networkName !== CONTEXT) return [];
    const outside = noted.result?.interfaces?.filter(({ sandbox }) => !sandbox) ?? [];
    return outside.map((link) => link.name).filter((link) => link !== BRIDGE);
  });
}

/** Links of pods that are not plugged into the bridge: it was deleted under their feet. */
export function unpluggedLinks(): string[] {
  return podLinks().filter((name) => existsSync(`/sys/class/net/${name}`) && masterOf(name) !== BRIDGE);
}

/** Plugs them in again, as the bridge plugin does. */
export async function plugIn(): Promise<void> {
  for (const name of unpluggedLinks()) {
    await run("ip", ["link", "set", name, "master", BRIDGE]);
    await run("ip", ["link", "set", name, "type", "bridge_slave", "hairpin", "on"]);
  }
}

function masterOf(name: string): string | undefined {
  try {
    return basename(readlinkSync(`/sys/class/net/${name}/master`));
  } catch {
    return undefined;
  }
}
