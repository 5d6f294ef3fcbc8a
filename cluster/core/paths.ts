import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** Sockets, pid files and locks of the embedded cluster: gone after a reboot, as the processes are. */
export const RUN_DIRECTORY = "/run/bigdata-lab";

/**
 * Directory outside the checkout that holds everything the lab builds or stores.
 * `LAB_CACHE` moves it. @default `${XDG_CACHE_HOME:-~/.cache}/bigdata-lab`
 */
export function labCache(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LAB_CACHE) return resolve(env.LAB_CACHE);
  return join(env.XDG_CACHE_HOME ? resolve(env.XDG_CACHE_HOME) : join(homedir(), ".cache"), "bigdata-lab");
}

/** A path below the cache; nothing is created. */
export function cachePath(...parts: string[]): string {
  return join(labCache(), ...parts);
}

/** The checkout: the nearest directory above this file that holds `Pulumi.yaml`. */
export function projectRoot(): string {
  let directory = __dirname;
  while (!existsSync(join(directory, "Pulumi.yaml"))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no Pulumi.yaml above ${__dirname}`);
    directory = parent;
  }
  return directory;
}
