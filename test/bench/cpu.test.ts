import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { secondsIn, usedByTree } from "../../bench/cpu";

test("the times in a stat line, whatever the name of the process", () => {
  const stat = "42 (a ) b) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 30 20 20 0 11 0 12345 1000 200";
  expect(secondsIn(stat)).toEqual({ own: 3, ended: 0.5 });
});

test("a tree's time has that of children, running and ended", async () => {
  const busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
  const script = `(${busy}); sh -c '${busy}; echo; read end'; true`;
  const child = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "ignore"] });
  const pid = child.pid ?? -1;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const { own, ended: endedChild } = secondsIn(readFileSync(`/proc/${pid}/stat`, "utf8"));
  const { cpuSeconds, peakMiB } = usedByTree(pid);
  child.stdin.end();
  await ended;
  expect(endedChild).toBeGreaterThan(0);
  expect(cpuSeconds).toBeGreaterThan(own + endedChild);
  expect(peakMiB).toBeGreaterThan(0);
});
