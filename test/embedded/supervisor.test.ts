import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive, markedProcesses, startOf, terminate } from "../../cluster/embedded/process-identity";
import {
  MARK,
  type ProcessState,
  type SupervisedProcess,
  type SupervisorState,
} from "../../cluster/embedded/process-spec";
import { backoffMs, nextFailures } from "../../cluster/embedded/supervisor/backoff";
import { rotateLog } from "../../cluster/embedded/supervisor/files";
import { Supervisor } from "../../cluster/embedded/supervisor/supervisor";
import { temporaryDirectory } from "../support/temporary";

const MARKS = { PATH: "/usr/bin:/bin" };

describe("Supervisor", () => {
  let directory: string;
  let state: SupervisorState | undefined;
  let timers: NodeJS.Timeout[];
  let latest: symbol | undefined;
  const lines: string[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "lab-supervisor-"));
    state = undefined;
    latest = undefined;
    timers = [];
    lines.length = 0;
  });
  afterEach(async () => {
    for (const timer of timers) clearInterval(timer);
    await terminate(markedProcesses(directory), 0);
    rmSync(directory, { recursive: true });
  });

  const process = (name: string, script: string, rest: Partial<SupervisedProcess> = {}): SupervisedProcess => ({
    name,
    argv: ["/bin/sh", "-c", script],
    env: { ...MARKS, [MARK]: directory },
    log: join(directory, `${name}.log`),
    after: [],
    ready: { kind: "none" },
    files: [],
    listens: [],
    revision: "1",
    ...rest,
  });
  const supervise = (known?: SupervisorState) => {
    const own = Symbol();
    latest = own;
    const supervisor = new Supervisor({
      known,
      program: "test",
      save: (saved) => {
        if (latest === own) state = structuredClone(saved); // one of an earlier test may still see its processes end
      },
      log: (line) => {
        if (latest === own) lines.push(line);
      },
    });
    timers.push(setInterval(() => supervisor.tick(), 20));
    return supervisor;
  };
  const until = async <T>(what: () => T | undefined | false): Promise<T> => {
    for (;;) {
      const value = what();
      if (value !== undefined && value !== false) return value;
      await setTimeout(20);
    }
  };
  const running = (name: string, other?: number) =>
    until<ProcessState>(() => {
      const known = state?.processes[name];
      return known?.ready && known.pid !== other && isAlive(known) ? known : undefined;
    });
  const survives = () => timers.splice(0).forEach(clearInterval);

  it("starts again what was killed, and says how it ended", async () => {
    await supervise().plan([process("a", "sleep 1000")]);
    const first = await running("a");
    globalThis.process.kill(first.pid, "SIGKILL");
    const second = await running("a", first.pid);
    expect([second.restarts, second.lastExit]).toEqual([1, "SIGKILL"]);
  });

  it("adopts what a killed supervisor has left, and starts it again when it ends later", async () => {
    await supervise().plan([process("a", "sleep 1000")]);
    const first = await running("a");
    const known = structuredClone(state);
    survives(); // the first supervisor does nothing any more
    await supervise(known).plan([process("a", "sleep 1000")]);
    await setTimeout(100);
    expect(state?.processes.a?.pid).toBe(first.pid);
    globalThis.process.kill(first.pid, "SIGKILL");
    expect((await running("a", first.pid)).restarts).toBe(1);
  });

  it("takes a process with a known number but another start for a stranger, and leaves it alone", async () => {
    const stranger = spawn("sleep", ["1000"]);
    try {
      const known: SupervisorState = {
        supervisor: { pid: 1, start: "", program: "" },
        processes: {
          a: { pid: stranger.pid ?? 0, start: "1", revision: "0", startedAt: "", ready: true, restarts: 0 },
        },
      };
      await supervise(known).plan([process("a", "sleep 1000")]);
      expect((await running("a")).pid).not.toBe(stranger.pid);
      expect(startOf(stranger.pid ?? 0)).toBeDefined();
    } finally {
      stranger.kill("SIGKILL");
    }
  });

  it("replaces an outdated process, ends one that is no longer wanted, and leaves the rest running", async () => {
    const supervisor = supervise();
    await supervisor.plan(["a", "b", "c"].map((name) => process(name, "sleep 1000")));
    const [a, b, c] = [await running("a"), await running("b"), await running("c")];
    await supervisor.plan([process("a", "sleep 1000"), process("b", "sleep 1000", { revision: "2" })]);
    expect((await running("b", b.pid)).revision).toBe("2");
    expect([isAlive(a), isAlive(b), isAlive(c)]).toEqual([true, false, false]);
    expect(Object.keys(state?.processes ?? {})).toEqual(["a", "b"]);
  });

  it("starts a process when those it needs are ready, not before", async () => {
    const socket = join(directory, "socket");
    const needed = process("a", "sleep 1000", { ready: { kind: "socket", path: socket } });
    await supervise().plan([process("b", "sleep 1000", { after: ["a"] }), needed]);
    await until(() => (state?.processes.a?.pid ?? 0) > 0);
    await setTimeout(200);
    expect(state?.processes.b).toBeUndefined();
    const server = createServer((connection) => connection.end()).listen(socket);
    await running("b");
    server.close();
  });

  it("does not take what ends at once for ready, where nobody can ask", async () => {
    let claimed = false;
    const supervisor = supervise();
    timers.push(
      setInterval(() => {
        claimed ||= state?.processes.bad?.ready ?? false;
      }, 5),
    );
    await supervisor.plan([process("bad", "sleep 0.3; exit 1"), process("good", "sleep 1000")]);
    await running("good");
    expect(claimed).toBe(false);
  });

  it("waits before it starts again what ends at once, and goes on without an executable", async () => {
    await supervise().plan([
      process("bad", "echo said; exit 3"),
      process("missing", "", { argv: [join(directory, "nothing")] }),
    ]);
    await until(() => lines.some((line) => line.startsWith("bad") && line.includes("again in 2 s")));
    expect(state?.processes.bad).toMatchObject({ restarts: 1, lastExit: "exit code 3" });
    expect(state?.processes.missing?.lastExit).toContain("ENOENT");
    expect(readFileSync(join(directory, "bad.log"), "utf8")).toBe("said\nsaid\n");
  });
});

describe("back-off", () => {
  it("doubles up to 30 s and starts anew after a minute that went well", () => {
    expect([1, 2, 3, 5, 6, 50].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 16_000, 30_000, 30_000]);
    expect([nextFailures(4, 59_000), nextFailures(4, 60_000)]).toEqual([5, 1]);
  });
});

describe("marks", () => {
  it("finds the processes of one cluster, and what they have started", async () => {
    const child: ChildProcess = spawn("sh", ["-c", "sleep 1000 & wait"], {
      env: { ...MARKS, [MARK]: "/some/cluster" },
      detached: true,
    });
    try {
      await expect.poll(() => markedProcesses("/some/cluster").length).toBe(2);
      expect(markedProcesses("/some/cluster2")).toEqual([]);
    } finally {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    }
  });
});

describe("rotateLog", () => {
  it("cuts a log that has grown too long and keeps one older part", () => {
    const path = join(temporaryDirectory("log"), "a.log");
    writeFileSync(path, "12345");
    rotateLog(path, 5);
    expect(readFileSync(path, "utf8")).toBe("12345");
    rotateLog(path, 4);
    expect([readFileSync(path, "utf8"), readFileSync(`${path}.1`, "utf8")]).toEqual(["", "12345"]);
  });
});
