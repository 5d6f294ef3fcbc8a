import { closeSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { codeOf, LabFailure } from "./failure";
import { cachePath, RUN_DIRECTORY } from "./paths";
import { isRunning } from "./run";

/** Who holds a lock: enough to tell a living owner from a process that got the same number later. */
export interface LockOwner {
  pid: number;
  /** Start of the process in clock ticks since boot (`/proc/<pid>/stat`), with the boot's id. */
  startedAt: string;
  /** When the lock was taken, ISO 8601. */
  since: string;
  /** What the owner is, e.g. `lab up`. */
  description: string;
}

/** Options of {@link withLock} that tests set. */
export interface LockOptions {
  /** @default RUN_DIRECTORY as root on Linux, otherwise `locks` below the cache */
  directory?: string;
}

/**
 * Runs `fn` while holding the exclusive lock `name`. The lock of an owner that has died is taken over.
 * @throws LabFailure at once when a living process holds it: `another `lab up` (pid 12, since 09:30) is running`.
 */
export async function withLock<T>(
  name: string,
  description: string,
  fn: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const directory = options.directory ?? lockDirectory();
  const path = join(directory, `${name}.lock`);
  const mine = JSON.stringify({
    pid: process.pid,
    startedAt: startOf(process.pid),
    since: new Date().toISOString(),
    description,
  });
  await acquire(directory, path, mine);
  const release = () => {
    if (read(path) === mine) rmSync(path, { force: true });
  };
  process.once("exit", release); // process.exit() does not run finally blocks
  try {
    return await fn();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** The living owner of the lock, or undefined when it is free. */
export function lockOwner(name: string, options: LockOptions = {}): LockOwner | undefined {
  const text = read(join(options.directory ?? lockDirectory(), `${name}.lock`));
  return text === undefined ? undefined : livingOwner(text);
}

async function acquire(directory: string, path: string, mine: string): Promise<void> {
  // The content is complete before the name exists (link fails when it does), so nobody ever reads half a lock.
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const file = openSync(draft, "wx", 0o644);
    writeSync(file, mine);
    closeSync(file);
  } catch (error) {
    throw new LabFailure(`cannot write a lock in ${directory} (${codeOf(error) ?? error})`, {
      fix: "run as root, or set LAB_CACHE to a directory you may write",
      cause: error,
    });
  }
  try {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (tryLink(draft, path)) return;
      const text = read(path);
      if (text === undefined) continue; // released between the two calls
      const owner = livingOwner(text);
      if (owner) throw heldBy(owner);
      takeAway(path, draft);
      await setTimeout(10);
    }
    throw new LabFailure(`the lock ${path} changes hands all the time`, { fix: "try again" });
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes a dead owner's lock. Two may find it at once, and the slower must not remove the faster one's fresh lock: so
 * only the holder of a second, short-lived lock removes the first, after it has looked again.
 */
function takeAway(path: string, draft: string): void {
  const turn = `${path}.takeover`;
  if (!tryLink(draft, turn)) {
    const text = read(turn);
    if (text !== undefined && !livingOwner(text)) rmSync(turn, { force: true });
    return;
  }
  try {
    const text = read(path);
    if (text !== undefined && !livingOwner(text)) rmSync(path, { force: true });
  } finally {
    rmSync(turn, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function heldBy(owner: LockOwner): LabFailure {
  const since = new Date(owner.since).toTimeString().slice(0, 5);
  return new LabFailure(`another \`${owner.description}\` (pid ${owner.pid}, since ${since}) is running`, {
    fix: `wait until it ends, or stop it: kill ${owner.pid}`,
  });
}

function livingOwner(text: string): LockOwner | undefined {
  let owner: Partial<LockOwner> | null;
  try {
    owner = JSON.parse(text) as Partial<LockOwner> | null;
  } catch {
    return undefined; // a lock is written before it is linked, so this is not one of ours
  }
  const { pid, startedAt, since, description } = owner ?? {};
  if (!pid || !startedAt || since === undefined || description === undefined) return undefined;
  return isRunning(pid) && startOf(pid) === startedAt ? { pid, startedAt, since, description } : undefined;
}

/** Identifies a process beyond its number, which the system gives out again. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${boot}:${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return "unknown";
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function lockDirectory(): string {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return cachePath("locks");
  return statSync("/run", { throwIfNoEntry: false })?.isDirectory() ? RUN_DIRECTORY : cachePath("locks");
}
