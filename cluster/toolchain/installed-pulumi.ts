import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../core/run";
import { findOnPath } from "./find-on-path";
import { compareVersions } from "./go-version";
import { DOCKER_PROVIDER_VERSION, KUBERNETES_PROVIDER_VERSION } from "./parts";

/** A Pulumi that somebody has installed. */
export interface InstalledPulumi {
  /** E.g. `3.215.0`. */
  version: string;
  /** The directory of its executables. */
  directory: string;
  /** What keeps us from using it; undefined when everything the program needs is there. */
  lacks?: string;
  /** Whether the official Docker provider is installed as well. */
  dockerProvider: boolean;
}

interface InstalledPlugin {
  name: string;
  version: string;
}

/** The `pulumi` on PATH, with what it lacks for this program, or undefined when there is none. Installs nothing. */
export async function findPulumi(path = process.env.PATH ?? ""): Promise<InstalledPulumi | undefined> {
  const executable = findOnPath("pulumi", path);
  if (!executable) return undefined;
  const directory = dirname(executable);
  const env = { PULUMI_SKIP_UPDATE_CHECK: "1", PATH: path };
  try {
    const version = (await run(executable, ["version"], { env, timeoutMs: 20_000 })).stdout.trim().replace(/^v/, "");
    const { stdout } = await run(executable, ["plugin", "ls", "--json"], { env, timeoutMs: 20_000 });
    const plugins = JSON.parse(stdout) as InstalledPlugin[];
    const companions = ["pulumi-language-nodejs", "pulumi-analyzer-policy"];
    const absent = companions.find((name) => !existsSync(join(directory, name)) && !findOnPath(name, path));
    return {
      version,
      directory,
      lacks: lacks(version, absent, plugins),
      dockerProvider: has(plugins, "docker", DOCKER_PROVIDER_VERSION),
    };
  } catch {
    return { version: "unknown", directory, lacks: "a working `pulumi version`", dockerProvider: false };
  }
}

function lacks(version: string, absent: string | undefined, plugins: readonly InstalledPlugin[]): string | undefined {
  if (compareVersions(version, "3") < 0 || compareVersions(version, "4") >= 0) return "major version 3";
  if (absent) return absent;
  return has(plugins, "kubernetes", KUBERNETES_PROVIDER_VERSION)
    ? undefined
    : `the plugin kubernetes ${KUBERNETES_PROVIDER_VERSION} (pulumi plugin install resource kubernetes ${KUBERNETES_PROVIDER_VERSION})`;
}

function has(plugins: readonly InstalledPlugin[], name: string, version: string): boolean {
  return plugins.some((plugin) => plugin.name === name && plugin.version.replace(/^v/, "") === version);
}
