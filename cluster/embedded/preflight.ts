import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LabFailure } from "../core/failure";
import type { Layout } from "./layout";
import { conflicts, currentListeners, ownerOf } from "./listeners";
import { clusterOf } from "./process-identity";
import type { ProcessSpec } from "./process-spec";

const GIB = 1024 ** 3;
/** What cluster and pipelines need before anything of them runs, in bytes. */
const MEMORY = 4 * GIB;
/** Images, volumes and build steps of one pipeline, in bytes. */
const DISK = 8 * GIB;
/** So long a socket without an owner may be one of a dying process. */
const DYING_MS = 10_000;

/** Commands the cluster needs from the distribution, with Debian's package. */
export const COMMANDS: Readonly<Record<string, string>> = {
  ip: "iproute2",
  nft: "nftables",
  iptables: "iptables",
  "iptables-save": "iptables",
  ipset: "ipset",
  conntrack: "conntrack",
  openssl: "openssl",
  debootstrap: "debootstrap",
  mount: "mount",
  umount: "mount",
  tar: "tar",
};

/** What only making the cluster needs: one that is there can be stopped without. */
const FOR_MAKING: readonly string[] = ["conntrack", "openssl", "debootstrap", "mount", "tar"];

/**
 * @param what whether the cluster is to be made, or one that may be there to be stopped
 * @throws LabFailure, before anything has changed, when that cannot be done here as this user.
 */
export function checkMachine(what: "make" | "stop"): void {
  if (process.platform !== "linux") {
    throw new LabFailure(`the embedded Kubernetes needs Linux, and this is ${process.platform}`, {
      fix: "use an existing cluster: ./lab up --context NAME",
    });
  }
  if (process.getuid?.() !== 0) {
    throw new LabFailure("the embedded Kubernetes needs root: it makes network interfaces, mounts and cgroups", {
      fix: "run the same command as root, or use an existing cluster: ./lab up --context NAME",
    });
  }
  const needed = Object.keys(COMMANDS).filter((command) => what === "make" || !FOR_MAKING.includes(command));
  const missing = needed.filter((command) => !isOnPath(command));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((command) => COMMANDS[command]))];
    throw new LabFailure(`commands are missing: ${missing.join(", ")}`, {
      fix: `on Debian or Ubuntu: apt-get install ${packages.join(" ")}`,
    });
  }
}

/** @throws LabFailure when a cluster that is not running yet would not find room on this machine. */
export function checkRoom(layout: Layout, memory = availableMemory(), disk = freeDisk(layout.data)): void {
  if (memory < MEMORY) {
    throw new LabFailure(`not enough memory: ${gib(memory)} GiB are available, the lab needs ${gib(MEMORY)} GiB`, {
      fix: "stop other programs, or use a larger machine",
    });
  }
  if (disk < DISK) {
    throw new LabFailure(
      `not enough disk space: ${gib(disk)} GiB are free at ${layout.data}, the lab needs ${gib(DISK)} GiB`,
      {
        fix: "free some space, or move the lab elsewhere by LAB_CACHE=DIRECTORY",
      },
    );
  }
}

/** @throws LabFailure naming port and process, when a process not of this cluster listens where one of ours must. */
export async function checkPorts(specs: readonly ProcessSpec[], data: string): Promise<void> {
  // A process that is being killed keeps its sockets for a moment, but no longer shows whose it is.
  const end = Date.now() + DYING_MS;
  for (;;) {
    const failure = portFailure(specs, data);
    if (failure === undefined) return;
    if (failure.certain || Date.now() > end) throw failure.error;
    await setTimeout(100);
  }
}

function portFailure(specs: readonly ProcessSpec[], data: string): { error: LabFailure; certain: boolean } | undefined {
  const present = currentListeners();
  for (const { name, listens } of specs) {
    for (const wanted of listens) {
      const found = present.find((listener) => conflicts(wanted, listener));
      const owner = found && ownerOf(found);
      if (!found || (owner && clusterOf(owner.pid) === data)) continue;
      const who = owner ? `${owner.name} (pid ${owner.pid})` : "another process";
      const where = `${wanted.address}:${wanted.port}/${wanted.protocol}`;
      const error = new LabFailure(`${who} listens on ${found.address}:${found.port}, and ${name} needs ${where}`, {
        fix: owner ? `stop it (kill ${owner.pid}), then run the same command again` : `free port ${wanted.port}`,
      });
      return { error, certain: owner !== undefined && !owner.dying };
    }
  }
  return undefined;
}

/** Memory that programs can still get, in bytes. */
export function availableMemory(text = readFileSync("/proc/meminfo", "utf8")): number {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

function freeDisk(directory: string): number {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1).replace(/\.0$/, "");
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => {
    const path = join(directory, command);
    try {
      accessSync(path, constants.X_OK);
      return existsSync(path);
    } catch {
      return false;
    }
  });
}
