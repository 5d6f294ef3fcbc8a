import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Kube } from "../../cli/kube";
import { runNotebook } from "../../cli/run-notebook";
import type { RunOptions } from "../../cluster/core/run";

const ctrlC = vi.hoisted(() => ({ controller: new AbortController() }));
vi.mock("../../cli/interrupt", () => ({
  get interrupted() {
    return ctrlC.controller.signal;
  },
}));

/** What is asked of the pod, in which a notebook does what a test says. */
async function running(notebook: (options: RunOptions) => Promise<string>) {
  const asked: string[][] = [];
  const kube = {
    async run(args: string[], options: RunOptions = {}) {
      const command = args.slice(args.indexOf("--") + 1);
      asked.push(command);
      return { stdout: command[0] === "env" ? await notebook(options) : "", stderr: "" };
    },
  } as unknown as Kube;
  const ended = await runNotebook(kube, "1.stage", { day: "2026-01-15" }).then(
    (result) => ({ result }),
    (error: Error) => ({ error }),
  );
  const [, mark = ""] = /^LAB_RUN=(.+)$/.exec(asked[0]?.[1] ?? "") ?? [];
  return { asked, mark, ...ended };
}
const failing = (message: string) => running(() => Promise.reject(new Error(message)));

afterEach(() => {
  ctrlC.controller = new AbortController();
});

test("the result is the last line, and nothing is ended that has ended by itself", async () => {
  const done = await running(async () => 'shown\n{"rows":3}\n');
  expect(done).toMatchObject({ result: { rows: 3 } });
  expect(done.asked).toEqual([["env", `LAB_RUN=${done.mark}`, "run-notebook", "1.stage", "-p", "day", "2026-01-15"]]);
});

test("a failure tells the cell's error and where to look; what is left of the run is ended", async () => {
  const failed = await failing("kubectl exec notebook-0 failed with exit code 1:\ncell 7: no such topic");
  expect(failed).toMatchObject({
    error: {
      message: expect.stringContaining("cell 7: no such topic"),
      fix: expect.stringContaining("lab open notebook"),
    },
  });
  expect(failed.asked[1]?.slice(-1)).toEqual([failed.mark]);
});

test("a run that is refused, as the pod's Spark is taken, says what run-notebook says and no more", async () => {
  const refused = await failing("kubectl exec notebook-0 failed with exit code 3:\nrun-notebook: another one runs");
  expect(refused).toMatchObject({ error: { message: expect.stringContaining("another one runs"), fix: undefined } });
});

test("Ctrl-C ends the run in the pod, and is no failure of the notebook's", async () => {
  const stopped = await running(async ({ signal }) => {
    ctrlC.controller.abort(new Error("interrupted"));
    expect(signal?.aborted).toBe(true);
    throw new Error("was killed by SIGKILL");
  });
  expect(stopped).toMatchObject({ error: { message: "interrupted" } });
  expect(stopped.asked[1]?.slice(-1)).toEqual([stopped.mark]);
});

describe.skipIf(spawnSync("python3", ["-c", ""]).status !== 0)("what ends a run", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  /** A process that calls itself so, and says when it is there. */
  async function started(name: string, mark: string): Promise<ChildProcess> {
    const code = "import time; print('there', flush=True); time.sleep(60)";
    const child = spawn("python3", ["-c", code, name], { env: { ...process.env, LAB_RUN: mark } });
    children.push(child);
    await once(child.stdout, "data");
    return child;
  }

  test("asks its own run to end, kills what it leaves behind, and touches no other", async () => {
    const { asked, mark } = await failing("lost");
    const [python = "", ...args] = asked[1] ?? [];
    const [own, kernel, other] = await Promise.all([
      started("run-notebook", mark),
      started("kernel", mark),
      started("run-notebook", "another"),
    ]);
    const ends = [own, kernel].map((child) => once(child, "exit"));
    // The kernel does not end by itself here: the wait for it is cut short.
    const script = args.map((arg) => arg.replace("+ 30", "+ 1"));
    expect(spawnSync(python, script, { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    expect((await Promise.all(ends)).map(([, killedBy]) => killedBy)).toEqual(["SIGTERM", "SIGKILL"]);
    expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  });
});
