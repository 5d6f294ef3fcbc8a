import { readdirSync, readFileSync } from "node:fs";

const CLOCK_TICKS = 100;

/** User and system time in the text of `/proc/<pid>/stat`: of its threads, and of its children that have ended. */
export function secondsIn(stat: string): { own: number; ended: number } {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number);
  return { own: (user + system) / CLOCK_TICKS, ended: (endedUser + endedSystem) / CLOCK_TICKS };
}

/** User and system time of a process and all its threads. */
export function cpuSeconds(pid: number): number {
  return secondsIn(readFileSync(`/proc/${pid}/stat`, "utf8")).own;
}

/** What a process and everything it has started have used. */
export interface Used {
  readonly cpuSeconds: number;
  /** Sum of the largest resident memory of each process that runs. */
  readonly peakMiB: number;
}

/** {@link Used} of a process tree up to now. */
export function usedByTree(pid: number): Used {
  let cpuSeconds = 0;
  let peakMiB = 0;
  for (const one of [pid, ...descendants(pid)]) {
    try {
      const { own, ended } = secondsIn(readFileSync(`/proc/${one}/stat`, "utf8"));
      cpuSeconds += own + ended;
      peakMiB += Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, "utf8"))?.[1] ?? 0) / 1024;
    } catch {
      // It has ended meanwhile: its parent has its time.
    }
  }
  return { cpuSeconds, peakMiB };
}

function descendants(pid: number): number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

function children(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return []; // it has ended meanwhile
  }
}
