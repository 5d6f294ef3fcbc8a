import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../cluster/core/paths";
import { run } from "../cluster/core/run";
import type { Picture } from "./commands/status";

/** Memory of workloads by their names, MiB. */
export type Measured = Readonly<Record<string, number>>;

const FILE = join(projectRoot(), "docs", "measured-memory.json");

/** What was measured of each stack, by its name; nothing for a stack that was not measured. */
export function measuredMemory(): Readonly<Record<string, Measured>> {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Measured>) : {};
}

/** Notes what the workloads of a stack that is up take now: the kubelet's working sets, as `lab status` shows them. */
export async function measureMemory(stack: string): Promise<void> {
  const { stdout } = await run(join(projectRoot(), "lab"), ["status", "--json", "--stack", stack]);
  const { workloads } = JSON.parse(stdout) as Picture;
  const measured = Object.fromEntries(
    workloads.flatMap(({ workload, memoryMiB }) => (memoryMiB === null ? [] : [[workload, memoryMiB]])).sort(),
  );
  writeFileSync(FILE, `${JSON.stringify({ ...measuredMemory(), [stack]: measured }, undefined, 2)}\n`);
}
