import { availableParallelism } from "node:os";
import type { Capacity } from "./capacity";
import { thisMachine } from "./preflight";

/** What this machine has against what a stack asks for, in one line. */
export function offeredBy({ total }: Capacity, running: boolean): string {
  if (process.platform !== "linux")
    return "this machine: not Linux, so only an existing cluster can run it (--context NAME)";
  const { availableMiB, freeDiskMiB } = thisMachine();
  const cores = availableParallelism();
  const has = `this machine: ${cores} CPU, ${availableMiB} MiB memory available, ${Math.floor(freeDiskMiB / 1024)} GiB disk free`;
  if (running) return `${has} (with the lab running)`;
  const short = [
    total.millicores > cores * 1000 ? "CPU" : "",
    total.memoryMiB + total.transientMemoryMiB > availableMiB ? "memory" : "",
    total.storageGiB * 1024 > freeDiskMiB ? "disk" : "",
  ].filter(Boolean);
  return `${has}: ${short.length === 0 ? "it fits" : `not enough ${short.join(" and ")}`}`;
}
