import { readFileSync } from "node:fs";

const CLOCK_TICKS = 100;
/** Columns of /proc/stat's first line in which a processor has nothing to do: idle and iowait. */
const IDLE = new Set([3, 4]);
/** user, nice, system, idle, iowait, irq, softirq; what follows is counted in these already, or belongs to others. */
const COLUMNS = 7;

/** Processor seconds that this machine has worked since it started, all processors together. */
export function machineBusySeconds(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = line
    .trim()
    .split(/\s+/)
    .slice(1, 1 + COLUMNS)
    .map(Number);
  return ticks.reduce((sum, value, column) => sum + (IDLE.has(column) ? 0 : value), 0) / CLOCK_TICKS;
}
