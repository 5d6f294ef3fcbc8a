import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive, startOf, terminate } from "../process-identity";
import type { ProcessState, SupervisedProcess, SupervisorState } from "../process-spec";
import { backoffMs, nextFailures } from "./backoff";
import { rotateLog } from "./files";
import { isReady } from "./readiness";

/** What a supervisor is given. */
export interface SupervisorOptions {
  /** Known from a supervisor before this one: its processes are adopted, not started twice. */
  readonly known: SupervisorState | undefined;
  /** Path of this supervisor's own program, for {@link SupervisorState}. */
  readonly program: string;
  /** Called after every change. */
  readonly save: (state: SupervisorState) => void;
  readonly log: (line: string) => void;
  /** A log beyond so many bytes is cut. @default 20 MB */
  readonly logLimit?: number;
}

interface Watched {
  spec: SupervisedProcess;
  failures: number;
  /** When it may be started again, in milliseconds of Date.now. */
  notBefore: number;
  checking: boolean;
}

/** A process nobody can ask is taken for ready when it has run so long: what cannot work ends at once. */
const PROVEN_MS = 1_500;
/** A change of plan waits so long for a process to end by itself; all of them bear to be killed. */
const STOP_MS = 5_000;

/** Keeps processes alive. It never stops one because it ends itself: the next supervisor finds them by number and start. */
export class Supervisor {
  private readonly state: SupervisorState;
  private readonly watched = new Map<string, Watched>();
  private readonly options: SupervisorOptions;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.state = {
      supervisor: { pid: process.pid, start: startOf(process.pid) ?? "", program: options.program },
      processes: { ...options.known?.processes },
    };
    this.save();
  }

  /** Makes `specs` the processes to keep: ends those that are gone from the list or outdated. */
  async plan(specs: SupervisedProcess[]): Promise<void> {
    const wanted = new Map(specs.map((spec) => [spec.name, spec]));
    const outdated = Object.entries(this.state.processes).filter(
      ([name, state]) => wanted.get(name)?.revision !== state.revision,
    );
    for (const [name] of outdated) this.watched.delete(name);
    await terminate(
      outdated.map(([, state]) => state),
      STOP_MS,
    );
    for (const [name] of outdated) {
      this.options.log(`${name} ended: ${wanted.has(name) ? "its configuration changed" : "no longer wanted"}`);
      delete this.state.processes[name];
    }
    for (const name of this.watched.keys()) if (!wanted.has(name)) this.watched.delete(name);
    for (const spec of specs) {
      const before = this.watched.get(spec.name);
      if (before)
        Object.assign(before, { spec, notBefore: 0 }); // somebody asked: no more waiting
      else this.watched.set(spec.name, { spec, failures: 0, notBefore: 0, checking: false });
    }
    this.save();
    this.tick();
  }

  /** Looks after every process once; called all the time. */
  tick(): void {
    for (const watched of this.watched.values()) {
      const state = this.state.processes[watched.spec.name];
      if (state && state.pid !== 0 && !isAlive(state)) this.ended(watched, state);
      if (state && state.pid !== 0) void this.check(watched, state);
      else if (Date.now() >= watched.notBefore && this.mayStart(watched.spec)) this.start(watched, state);
    }
  }

  /** Cuts logs that have grown too long. */
  rotateLogs(): void {
    for (const { spec } of this.watched.values()) rotateLog(spec.log, this.options.logLimit ?? 20_000_000);
  }

  /** Only the first start waits for others: a process that ran before can do without them for a while. */
  private mayStart(spec: SupervisedProcess): boolean {
    if (this.state.processes[spec.name]) return true;
    return spec.after.every((name) => this.state.processes[name]?.ready);
  }

  private start(watched: Watched, before: ProcessState | undefined): void {
    const { spec } = watched;
    const [program = "", ...args] = spec.argv;
    mkdirSync(dirname(spec.log), { recursive: true });
    const log = openSync(spec.log, "a", 0o600);
    // In a session of its own: neither a closed terminal nor our own end reaches it.
    const child = spawn(program, args, { cwd: "/", detached: true, env: spec.env, stdio: ["ignore", log, log] });
    closeSync(log);
    const state: ProcessState = {
      pid: child.pid ?? 0,
      start: (child.pid === undefined ? undefined : startOf(child.pid)) ?? "",
      revision: spec.revision,
      startedAt: new Date().toISOString(),
      ready: false,
      restarts: before ? before.restarts + 1 : 0,
      lastExit: before?.lastExit,
    };
    this.state.processes[spec.name] = state;
    this.save();
    child.on("error", (error) => {
      state.lastExit = error.message;
      if (state.pid === 0) this.ended(watched, state);
    });
    child.on("exit", (code, signal) => {
      state.lastExit = signal ?? `exit code ${code}`;
      this.tick();
    });
    this.options.log(`${spec.name} started (pid ${state.pid})`);
  }

  private ended(watched: Watched, state: ProcessState): void {
    watched.failures = nextFailures(watched.failures, Date.now() - Date.parse(state.startedAt));
    const wait = backoffMs(watched.failures);
    watched.notBefore = Date.now() + wait;
    this.options.log(
      `${watched.spec.name} (pid ${state.pid}) ended: ${state.lastExit ?? "unknown"}; again in ${wait / 1000} s`,
    );
    state.pid = 0;
    state.ready = false;
    this.save();
  }

  private async check(watched: Watched, state: ProcessState): Promise<void> {
    if (state.ready || watched.checking) return;
    if (watched.spec.ready.kind === "none" && Date.now() - Date.parse(state.startedAt) < PROVEN_MS) return;
    watched.checking = true;
    const ready = await isReady(watched.spec.ready);
    watched.checking = false;
    if (!ready || state.pid === 0 || this.state.processes[watched.spec.name] !== state) return;
    state.ready = true;
    this.options.log(`${watched.spec.name} is ready`);
    this.save();
    this.tick();
  }

  private save(): void {
    this.options.save(this.state);
  }
}
