import { existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { LabFailure } from "../cluster/core/failure";
import { labCache } from "../cluster/core/paths";

/** What a machine offers, as far as the lab needs to know before it starts anything. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly uid: number;
  /** Memory a new process can have without swapping, MiB. */
  readonly availableMiB: number;
  /** Free space where the cache is, MiB. */
  readonly freeDiskMiB: number;
}

/** Control plane, container runtime and what the machine itself wants beside the pods, MiB (measured: 0.9 GiB). */
const CLUSTER_MIB = 1_200;
/** This machine. */
export function thisMachine(): Machine {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  let directory = labCache();
  while (!existsSync(directory)) directory = dirname(directory);
  const { bavail, bsize } = statfsSync(directory);
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    availableMiB: Math.floor(Number(available ?? 0) / 1024),
    freeDiskMiB: Math.floor((bavail * bsize) / 2 ** 20),
  };
}

/** Refuses, in one line, a machine without Linux and root. @throws LabFailure */
export function requireRoot({ platform, uid }: Pick<Machine, "platform" | "uid">): void {
  if (platform !== "linux") {
    throw new LabFailure(`the embedded cluster runs on Linux only, this is ${platform}`, {
      fix: "name an existing cluster: lab up --context NAME",
    });
  }
  if (uid !== 0) {
    throw new LabFailure("the embedded cluster needs root: it makes a network bridge and containers", {
      fix: "run it with sudo, or name an existing cluster: lab up --context NAME",
    });
  }
}

/**
 * Refuses, in one line, a machine whose memory does not hold this stack beside the cluster; disk space is checked where it
 * is taken. @throws LabFailure
 */
export function requireRoom({ availableMiB }: Pick<Machine, "availableMiB">, podsMiB: number): void {
  const memory = podsMiB + CLUSTER_MIB;
  if (availableMiB >= memory) return;
  throw new LabFailure(`not enough memory: the lab needs ${memory} MiB, ${availableMiB} MiB are available`, {
    fix: "stop something else, or use a larger machine",
  });
}
