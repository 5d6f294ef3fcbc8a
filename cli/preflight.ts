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
/** Images, base systems and volumes of a new lab, MiB. */
const LAB_DISK_MIB = 6_000;
/** Go's module and build caches and the binaries, MiB. */
const BUILD_DISK_MIB = 14_000;

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
 * Refuses, in one line, a machine that is too small to start the embedded cluster with this stack on it.
 * @throws LabFailure
 */
export function requireRoom(machine: Machine, wants: { readonly podsMiB: number; readonly builds: boolean }): void {
  const memory = wants.podsMiB + CLUSTER_MIB;
  if (machine.availableMiB < memory) {
    throw new LabFailure(`not enough memory: the lab needs ${memory} MiB, ${machine.availableMiB} MiB are available`, {
      fix: "stop something else, or use a larger machine",
    });
  }
  const disk = LAB_DISK_MIB + (wants.builds ? BUILD_DISK_MIB : 0);
  if (machine.freeDiskMiB < disk) {
    throw new LabFailure(
      `not enough disk space at ${labCache()}: ${disk} MiB are needed, ${machine.freeDiskMiB} MiB are free`,
      {
        fix: "free some, or set LAB_CACHE to a directory on a larger disk",
      },
    );
  }
}
