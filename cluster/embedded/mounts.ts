import { readFileSync, realpathSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { LabFailure } from "../core/failure";
import { run } from "../core/run";

/** Mount points at or below a directory, the deepest first. `table` is the content of /proc/self/mountinfo. */
export function mountsBelow(directory: string, table: string): string[] {
  return table
    .split("\n")
    .flatMap((line) => line.split(" ")[4] ?? [])
    .map((path) => path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .reverse(); // later ones may lie on earlier ones
}

/** Mount points at or below a directory now. */
export function currentMountsBelow(directory: string): string[] {
  try {
    return mountsBelow(realpathSync(directory), readFileSync("/proc/self/mountinfo", "utf8"));
  } catch {
    return []; // no such directory, so nothing is mounted there
  }
}

/** Unmounts everything at or below a directory. */
export async function unmountBelow(directory: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const mounts = currentMountsBelow(directory);
    if (mounts.length === 0) return;
    // One command for all, however many. What is busy is detached: it goes with its last user.
    const lazy = attempt === 0 ? [] : ["--lazy"];
    await run("umount", ["--no-canonicalize", ...lazy, ...mounts]).catch(() => undefined);
    if (attempt > 0) await setTimeout(100);
  }
  const left = currentMountsBelow(directory);
  if (left.length > 0) throw new LabFailure(`${left[0]} could not be unmounted`, { fix: `umount --lazy ${left[0]}` });
}
