import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { codeOf, LabFailure } from "../core/failure";
import { CGROUP } from "./layout";
import { type Identity, killAll, startOf } from "./process-identity";

const ROOT = "/sys/fs/cgroup";
/** What a processor weighs in `cpu.shares` (cgroup v1) and in `cpu.weight` (v2): as much as a process outside. */
const PROCESSOR = { "cpu.shares": 1024, "cpu.weight": 100 } as const;

/** The lab's own cgroup in every hierarchy there is (one on cgroup v2). */
function ours(): string[] {
  if (existsSync(join(ROOT, "cgroup.controllers"))) return [join(ROOT, CGROUP)];
  if (!existsSync(ROOT)) return [];
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(ROOT, entry.name, CGROUP));
}

/** Makes the cgroup below which all pods and builds run. */
export function cgroupsUp(): void {
  const unified = join(ROOT, "cgroup.controllers");
  if (existsSync(unified)) {
    for (const controller of readFileSync(unified, "utf8").split(/\s+/).filter(Boolean)) {
      tolerate(["EBUSY", "EINVAL", "ENOENT"], () =>
        writeFileSync(join(ROOT, "cgroup.subtree_control"), `+${controller}`),
      );
    }
  }
  for (const directory of ours()) mkdirSync(directory, { recursive: true });
  for (const directory of ours()) {
    inheritCpuset(directory);
    weigh(directory);
  }
}

/** Whether it exists. */
export function cgroupsAreUp(): boolean {
  return ours().every((directory) => existsSync(directory));
}

/** Kills what still runs in it and removes it. */
export async function cgroupsDown(): Promise<void> {
  await killAll(processesBelow(ours()));
  for (let attempt = 0; ; attempt += 1) {
    const left = ours().filter((directory) => existsSync(directory) && !removeTree(directory));
    if (left.length === 0) return;
    if (attempt >= 50) {
      throw new LabFailure(`the cgroup ${left[0]} could not be removed: a process still runs in it`, {
        fix: `see ${left[0]}/cgroup.procs`,
      });
    }
    await setTimeout(100);
  }
}

function processesBelow(directories: string[]): Identity[] {
  const pids = new Set(directories.flatMap((directory) => (existsSync(directory) ? pidsBelow(directory) : [])));
  return [...pids].flatMap((pid) => {
    const start = startOf(pid);
    return start === undefined ? [] : [{ pid, start }];
  });
}

function pidsBelow(directory: string): number[] {
  const own =
    tolerate(["ENOENT", "ENODEV", "EOPNOTSUPP"], () => readFileSync(join(directory, "cgroup.procs"), "utf8")) ?? "";
  return [...own.split("\n").filter(Boolean).map(Number), ...childrenOf(directory).flatMap(pidsBelow)];
}

function removeTree(directory: string): boolean {
  const emptied = childrenOf(directory).map(removeTree).every(Boolean);
  if (emptied) tolerate(["EBUSY", "ENOTEMPTY", "ENOENT"], () => rmdirSync(directory));
  return !existsSync(directory);
}

function childrenOf(directory: string): string[] {
  const entries = tolerate(["ENOENT"], () => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
}

/** A new cpuset of cgroup v1 has no processors, and takes no process, until it is given some. */
function inheritCpuset(directory: string): void {
  for (const name of ["cpuset.cpus", "cpuset.mems"]) {
    const file = join(directory, name);
    if (!existsSync(file) || readFileSync(file, "utf8").trim() !== "") continue;
    tolerate(["EACCES", "EINVAL", "ENOENT"], () =>
      writeFileSync(file, readFileSync(join(directory, "..", name), "utf8").trim()),
    );
  }
}

/** All pods and builds together would weigh as one process of the machine, and stand still beside a few busy ones. */
function weigh(directory: string): void {
  for (const [name, weight] of Object.entries(PROCESSOR)) {
    const file = join(directory, name);
    if (existsSync(file)) writeFileSync(file, String(Math.min(weight * availableParallelism(), 10_000)));
  }
}

function tolerate<T>(codes: string[], fn: () => T): T | undefined {
  try {
    return fn();
  } catch (error) {
    if (codes.includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}
