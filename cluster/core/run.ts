import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { setPriority } from "node:os";
import { dirname } from "node:path";
import { codeOf, LabFailure } from "./failure";

/** How a command is run. */
export interface RunOptions {
  /** @default the caller's */
  cwd?: string;
  /** Added to (or, when undefined, removed from) the caller's environment. */
  env?: Record<string, string | undefined>;
  /** File that gets stdout and stderr as well, appended. A failure names it. */
  log?: string;
  /** Sent to stdin; without it stdin is empty. */
  input?: string | Buffer;
  /** The command is killed after so long. @default never */
  timeoutMs?: number;
  /** Kills the command when aborted. */
  signal?: AbortSignal;
  /** What a timeout or an abort sends. @default SIGKILL */
  killSignal?: NodeJS.Signals;
  /** Sees each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
}

/** What a command wrote. */
export interface Output {
  stdout: string;
  stderr: string;
}

/** Lines of a failed command's output that its failure shows. */
const SHOWN_LINES = 5;

/** Runs a command to its end. @throws LabFailure when it cannot start, exits non-zero, or is killed; names the log. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Output> {
  const { cwd, env, log, input, timeoutMs, signal, killSignal = "SIGKILL", onLine } = options;
  const file = log === undefined ? undefined : openLog(log);
  return new Promise<Output>((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      signal,
      timeout: timeoutMs,
      killSignal,
    });
    const chunks: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
    for (const stream of ["stdout", "stderr"] as const) {
      const lines = onLine && lineSplitter(onLine);
      child[stream].on("data", (chunk: Buffer) => {
        chunks[stream].push(chunk);
        if (file !== undefined) writeSync(file, chunk);
        lines?.(chunk.toString());
      });
    }
    // A child that does not read its input is no failure of its own: its exit code says what happened.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    let failedToRun: Error | undefined;
    child.on("error", (error) => {
      failedToRun = error;
    });
    child.on("exit", () => {
      if (!child.killed) return; // by the timeout or the signal: what it has started may hold its streams open for ever
      child.stdout.destroy();
      child.stderr.destroy();
    });
    child.on("close", (code, killedBy) => {
      if (file !== undefined) closeSync(file);
      const stdout = Buffer.concat(chunks.stdout).toString();
      const stderr = Buffer.concat(chunks.stderr).toString();
      if (code === 0 && !failedToRun) return resolve({ stdout, stderr });
      reject(
        runFailure(command, args, { code, killedBy, error: failedToRun, output: stderr.trim() || stdout.trim(), log }),
      );
    });
  });
}

/** Runs a command on the caller's own terminal. Resolves with its exit code; 128 + n when signal n ended it, 127 when it is missing. */
export function runInherited(command: string, args: string[], options: Where = {}): Promise<number> {
  const { cwd, env, signal } = options;
  return ended(spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" }), signal);
}

/** How much nicer a command is than what runs beside it: where processors are short, it gets half as much of them. */
const ASIDE = 3;

/** {@link runInherited} aside: it yields to what runs beside it, and what it prints comes as a whole, on stdout, when it has ended. */
export async function runAside(command: string, args: string[], options: Where = {}): Promise<number> {
  const env = { ...process.env, ...options.env };
  const child = spawn(command, args, { cwd: options.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid !== undefined) yieldTo(child.pid);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await ended(child, options.signal);
  process.stdout.write(Buffer.concat(chunks));
  return code;
}

function yieldTo(pid: number): void {
  try {
    setPriority(pid, ASIDE);
  } catch {
    // it has ended already
  }
}

type Where = Pick<RunOptions, "cwd" | "env" | "signal">;

/** How long after an abort a child is interrupted: one that the terminal has told already has mostly ended by then. */
const TOLD_BY_TERMINAL_MS = 2_000;

function ended(child: ChildProcess, signal?: AbortSignal): Promise<number> {
  return new Promise<number>((resolve) => {
    // The terminal sends Ctrl-C to both of us; the child decides what it means. Who stops us by pid has told us alone.
    const ignore = () => undefined;
    process.on("SIGINT", ignore);
    let passing: NodeJS.Timeout | undefined;
    const passOn = () => {
      passing = setTimeout(() => child.kill("SIGINT"), TOLD_BY_TERMINAL_MS);
    };
    signal?.addEventListener("abort", passOn);
    const finish = (code: number) => {
      process.off("SIGINT", ignore);
      signal?.removeEventListener("abort", passOn);
      clearTimeout(passing);
      resolve(code);
    };
    child.on("error", () => finish(127));
    child.on("close", (code, killedBy) => finish(code ?? (killedBy === "SIGINT" ? 130 : 143)));
  });
}

/** Whether `pid` is a process that runs (a zombie does not). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

interface Ending {
  code: number | null;
  killedBy: NodeJS.Signals | null;
  error: Error | undefined;
  output: string;
  log: string | undefined;
}

function runFailure(command: string, args: string[], { code, killedBy, error, output, log }: Ending): LabFailure {
  const name = [command, ...args.slice(0, 2)].join(" ");
  if (codeOf(error) === "ENOENT") {
    return new LabFailure(`${command} was not found`, {
      fix: `install ${command} and put it on PATH`,
      log,
      cause: error,
    });
  }
  if (error) return new LabFailure(`${name} failed: ${error.message}`, { log, cause: error });
  const how = killedBy ? `was killed by ${killedBy}` : `failed with exit code ${code}`;
  const tail = output.split("\n").slice(-SHOWN_LINES).join("\n");
  return new LabFailure(tail ? `${name} ${how}:\n${tail}` : `${name} ${how}`, { log });
}

function openLog(log: string): number {
  mkdirSync(dirname(log), { recursive: true });
  return openSync(log, "a");
}

function lineSplitter(onLine: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}
