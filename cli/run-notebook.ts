import { randomUUID } from "node:crypto";
import { LabFailure, messageOf } from "../cluster/core/failure";
import { interrupted } from "./interrupt";
import type { Kube } from "./kube";

/** The notebook's pod: a StatefulSet of one. */
const IN_POD = ["exec", "notebook-0", "--container=notebook", "--"] as const;
/** By this variable a run's processes in the pod are found. */
const MARK = "LAB_RUN";
/** Exit code of `run-notebook` when another run, or a kernel, has the pod's Spark; its one line says what to do. */
const BUSY = /exit code 3\b/;
/** How long a run may take to end itself before it is killed, and the whole call. */
const END_SECONDS = 30;
const END_TIMEOUT_MS = 60_000;

/** Asks a run to end, which takes its kernel and Spark along; kills what is still there then. */
const END = `
import os, pathlib, signal, sys, time

def marked():
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"${MARK}={sys.argv[1]}".encode() in (process / "environ").read_bytes().split(b"\\0"):
                yield int(process.name), b"run-notebook" in (process / "cmdline").read_bytes()
        except OSError:
            continue

def send(number, all):
    for pid, runs in marked():
        if all or runs:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

send(signal.SIGTERM, False)
until = time.monotonic() + ${END_SECONDS}
while any(marked()) and time.monotonic() < until:
    time.sleep(0.2)
send(signal.SIGKILL, True)
`;

/**
 * Runs a notebook in its pod, without a browser. Broken off, by Ctrl-C or because the connection is gone, the run in the pod is
 * ended, too: nobody would see its result, and the next one would have to wait for it.
 * @returns its result
 * @throws LabFailure with the cell's error
 */
export async function runNotebook(
  kube: Kube,
  name: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const given = Object.entries(parameters).flatMap(([key, value]) => ["-p", key, value]);
  const run = randomUUID();
  const command = [...IN_POD, "env", `${MARK}=${run}`, "run-notebook", name, ...given];
  const { stdout } = await kube.run(command, { signal: interrupted }).catch(async (error: unknown) => {
    // What cannot be ended now has lost its pod or will be refused by the next run, which says so.
    await kube.run([...IN_POD, "python3", "-c", END, run], { timeoutMs: END_TIMEOUT_MS }).catch(() => undefined);
    if (interrupted.aborted) throw interrupted.reason;
    const what = messageOf(error);
    throw new LabFailure(
      `notebook ${name} did not run to its end: ${what}`,
      BUSY.test(what)
        ? {}
        : { fix: "lab open notebook shows how far it came, below work/runs; lab status shows the notebook's pod" },
    );
  });
  const last = stdout.trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(last) as Record<string, unknown>;
  } catch {
    throw new LabFailure(`notebook ${name} printed no result, but: ${last.slice(0, 200)}`);
  }
}
