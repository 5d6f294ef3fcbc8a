import { readdirSync, readlinkSync, realpathSync, rmSync, statSync, utimesSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { PlannedPart } from "./plan";

/** So long an executable of another version stays after its last use: another checkout may need it again. */
const KEPT_MS = 14 * 24 * 3_600_000;

/** Notes that built parts are in use now, in the time of their directories. */
export function markUsed(planned: readonly PlannedPart[], now = new Date()): void {
  for (const { directory } of planned) {
    try {
      utimesSync(directory, now, now);
    } catch {
      // not ours to write, or gone: then nobody of us removes it either
    }
  }
}

/**
 * Removes what was built of the same parts under other keys and has not been used for 14 days. Nothing is removed while a
 * process runs from the toolchain: a cluster of an older version restarts its processes from there for as long as it runs.
 * @returns names of the directories that were removed
 */
export function removeOutdated(
  planned: readonly PlannedPart[],
  now = Date.now(),
  executables: readonly string[] = runningExecutables(),
): string[] {
  return planned.flatMap(({ part, directory }) => {
    const toolchain = dirname(directory);
    if (executables.some((path) => path.startsWith(real(toolchain) + sep))) return [];
    const form = new RegExp(`^${part.name}-[0-9a-f]{16}$`);
    return list(toolchain)
      .filter((name) => form.test(name) && name !== basename(directory) && isUnused(join(toolchain, name), now))
      .filter((name) => remove(join(toolchain, name)));
  });
}

function remove(directory: string): boolean {
  try {
    rmSync(directory, { recursive: true, force: true });
    return true;
  } catch {
    return false; // it takes space and nothing else: no reason to fail
  }
}

/** The kernel names programs by where they really are. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isUnused(directory: string, now: number): boolean {
  const status = statSync(directory, { throwIfNoEntry: false });
  return status !== undefined && now - status.mtimeMs > KEPT_MS;
}

/** Programs that run on this machine, as far as they can be seen; none on systems without /proc. */
function runningExecutables(): string[] {
  return list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readlinkSync(`/proc/${pid}/exe`)];
      } catch {
        return []; // a thread of the kernel, another user's, or gone
      }
    });
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
