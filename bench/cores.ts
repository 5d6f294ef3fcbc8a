import { readFileSync } from "node:fs";
import { run } from "../cluster/core/run";

/** Which CPUs the measured process has, and which the servers. */
export interface Cores {
  readonly measured: readonly number[];
  /** The others; all of them when there are no others. */
  readonly servers: readonly number[];
}

/** The numbers in a list of CPUs as Linux writes it, e.g. `0-2,5`. */
export function cpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** Gives the last CPUs to what is measured. @throws when there are fewer than asked for */
export function divide(cpus: readonly number[], count: number): Cores {
  if (!Number.isInteger(count) || count < 1 || count > cpus.length) {
    throw new Error(`--cores must be from 1 to ${cpus.length}, the CPUs of this machine, got ${count}`);
  }
  const servers = cpus.slice(0, cpus.length - count);
  return { measured: cpus.slice(cpus.length - count), servers: servers.length > 0 ? servers : cpus };
}

/** {@link divide} of the CPUs this process may use. */
export function coresOfMachine(count: number): Cores {
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return divide(cpuList(allowed ?? ""), count);
}

/** Arguments of `taskset` that start a command on these CPUs only. The command keeps the process id. */
export function onCpus(cpus: readonly number[], command: readonly string[]): string[] {
  return ["-c", cpus.join(","), ...command];
}

/** Moves a running process with all its threads to these CPUs. */
export async function moveTo(cpus: readonly number[], pid: number): Promise<void> {
  await run("taskset", ["-a", "-c", "-p", cpus.join(","), String(pid)]);
}
