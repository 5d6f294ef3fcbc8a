import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { codeOf } from "../core/failure";
import { MARK } from "./process-spec";

/** Tells a process from a later one with the same number: boot and start tick; undefined when there is none (or a zombie). */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : `${bootId()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** A process by number and start. */
export interface Identity {
  pid: number;
  start: string;
}

/** Whether that very process still runs. */
export function isAlive({ pid, start }: Identity): boolean {
  return startOf(pid) === start;
}

/** Sends a signal to that very process; false when it is gone. */
export function signal(identity: Identity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
    throw error;
  }
}

/** Asks processes to end, waits, then kills what is left. */
export async function terminate(identities: Identity[], graceMs: number): Promise<void> {
  for (const identity of identities) signal(identity, "SIGTERM");
  if (!(await gone(identities, graceMs))) await killAll(identities);
}

/** Kills processes without asking them, and waits up to 5 s until they are gone. */
export async function killAll(identities: Identity[]): Promise<void> {
  for (const identity of identities) signal(identity, "SIGKILL");
  await gone(identities, 5_000);
}

/** Waits until none of them runs; false when some still do after `timeoutMs`. */
export async function gone(identities: Identity[], timeoutMs: number): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (identities.some(isAlive)) {
    if (Date.now() >= end) return false;
    await setTimeout(50);
  }
  return true;
}

/** Every process that carries the mark of the cluster with this data directory, containers excepted (they carry none). */
export function markedProcesses(data: string): Identity[] {
  const mark = `${MARK}=${data}`;
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const start = startOf(pid);
    return start !== undefined && environmentOf(pid).includes(mark) ? [{ pid, start }] : [];
  });
}

/** The data directory of the cluster a process belongs to, if any. */
export function clusterOf(pid: number): string | undefined {
  const entry = environmentOf(pid).find((variable) => variable.startsWith(`${MARK}=`));
  return entry?.slice(MARK.length + 1);
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // gone, or not ours to read
  }
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
