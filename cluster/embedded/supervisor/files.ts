import { copyFileSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import type { SupervisedProcess, SupervisorState } from "../process-spec";

/** Reads the list of processes; undefined while there is none. */
export function readProcesses(path: string): SupervisedProcess[] | undefined {
  return readJson<SupervisedProcess[]>(path);
}

/** Reads what the supervisor last wrote; undefined when there is none. */
export function readState(path: string): SupervisorState | undefined {
  return readJson<SupervisorState>(path);
}

/** Replaces a JSON file in one step: a reader, or a crash, sees the old or the new, never a half. Root only. */
export function writeJson(path: string, value: unknown): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Reads a JSON file; undefined when it is missing or damaged, which both mean: nothing is known. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return undefined;
  }
}

/** Keeps one older part of a log that has grown beyond `limit` bytes. The writer goes on: it appends. */
export function rotateLog(path: string, limit: number): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= limit) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}
