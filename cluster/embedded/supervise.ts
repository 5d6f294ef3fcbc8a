import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { buildSync } from "esbuild";
import { LabFailure } from "../core/failure";
import { hashText } from "../core/hash";
import type { LabPaths, Layout } from "./layout";
import { isAlive, markedProcesses, signal, terminate } from "./process-identity";
import { MARK, type SupervisedProcess } from "./process-spec";
import { readState, writeJson } from "./supervisor/files";
import { isReady } from "./supervisor/readiness";

/** Hands the list of processes to the supervisor, which is started when it does not run or is of another version. */
export async function superviseProcesses(
  layout: Layout,
  paths: LabPaths,
  processes: SupervisedProcess[],
): Promise<void> {
  writeJson(paths.processes, processes);
  const program = writeProgram(paths);
  const running = readState(paths.state)?.supervisor;
  if (running && isAlive(running)) {
    if (running.program === program) {
      signal(running, "SIGHUP");
      return;
    }
    await terminate([running], 5_000);
  }
  await endOrphans(layout, paths);
  mkdirSync(paths.log, { recursive: true });
  const log = openSync(join(paths.log, "supervisor.log"), "a", 0o600);
  const child = spawn(process.execPath, ["--max-old-space-size=64", program, layout.run], {
    cwd: "/",
    detached: true,
    env: { PATH: process.env.PATH ?? "", [MARK]: layout.data },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.on("error", () => undefined); // seen below: no state is written
  child.unref();
}

/** A supervisor that has just been started has so long to write its first state. */
const SUPERVISOR_START_MS = 5_000;

/**
 * Waits until every process runs its present revision and is ready, and starts the supervisor again should it die meanwhile.
 * `report` gets the names still awaited.
 */
export async function awaitReady(
  layout: Layout,
  paths: LabPaths,
  processes: SupervisedProcess[],
  report: (awaited: string[]) => void,
  timeoutMs = 180_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  let deadSince: number | undefined;
  for (;;) {
    const supervisor = readState(paths.state)?.supervisor;
    deadSince = supervisor && isAlive(supervisor) ? undefined : (deadSince ?? Date.now());
    if (deadSince !== undefined && Date.now() - deadSince > SUPERVISOR_START_MS) {
      await superviseProcesses(layout, paths, processes);
      deadSince = undefined;
    }
    const awaited = await notReady(paths, processes);
    report(awaited);
    if (awaited.length === 0) return;
    if (Date.now() > end) {
      const [first = ""] = awaited;
      const state = readState(paths.state)?.processes[first];
      const how = state?.lastExit ? `; it ended with ${state.lastExit}, ${state.restarts} restarts` : "";
      throw new LabFailure(`${awaited.join(", ")} did not become ready in ${timeoutMs / 1000} s${how}`, {
        log: processes.find(({ name }) => name === first)?.log,
      });
    }
    await setTimeout(100);
  }
}

/** Names of the processes that do not run in their present revision or do not answer. */
export async function notReady(paths: LabPaths, processes: SupervisedProcess[]): Promise<string[]> {
  const state = readState(paths.state);
  const answers = await Promise.all(
    processes.map(async ({ name, revision, ready }) => {
      const known = state?.processes[name];
      const current = known?.ready && known.revision === revision && isAlive(known);
      return current && (await isReady(ready)) ? [] : [name];
    }),
  );
  return answers.flat();
}

/** A process of ours that nobody knows by number any more (its record was lost) would keep its ports from the new one. */
async function endOrphans(layout: Layout, paths: LabPaths): Promise<void> {
  const known = Object.values(readState(paths.state)?.processes ?? {}).filter(isAlive);
  const orphans = markedProcesses(layout.data).filter(
    ({ pid }) => known.every((process) => process.pid !== pid) && isServer(pid, layout),
  );
  await terminate(orphans, 10_000);
}

/** Shims hold running pods and are found again by containerd; builds and network plugins end by themselves. */
function isServer(pid: number, { run }: Layout): boolean {
  try {
    const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const name = program.split("/").at(-1);
    return (
      name !== "containerd-shim-runc-v2" && name !== "runc" && (name === "node" ? args.includes(run) : isLeader(pid))
    );
  } catch {
    return false;
  }
}

/** The supervisor gives each process a session of its own. */
function isLeader(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3] === String(pid);
}

/** The supervisor as one plain JavaScript file outside the checkout: it needs no compiler, and outlives a changed checkout. */
function writeProgram(paths: LabPaths): string {
  const built = buildSync({
    entryPoints: [join(__dirname, "supervisor", "main.ts")],
    bundle: true,
    platform: "node",
    target: "node20",
    write: false,
  });
  const text = built.outputFiles[0]?.text ?? "";
  const directory = paths.supervisorPrograms;
  const file = join(directory, `supervisor-${hashText(text)}.js`);
  if (!existsSync(file)) {
    rmSync(directory, { recursive: true, force: true }); // earlier versions; one that still runs has read its program
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, file);
  }
  return file;
}
