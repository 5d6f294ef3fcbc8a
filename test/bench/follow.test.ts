import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { follow } from "../../bench/follow";
import type { JobProcess } from "../../test/support/job-process";

/** A process that does nothing, with this test's own id. */
function idle() {
  let finish: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const child = Object.assign(new EventEmitter(), {
    pid: process.pid,
    exitCode: null as number | null,
    signalCode: null,
  });
  return { job: { child, ended, output: () => "it said why" } as unknown as JobProcess, child, finish };
}

test("the first half is cold, the rest is warm", async () => {
  const { job, finish } = idle();
  const seen = [0, 40, 60, 80, 100];
  const end = () => finish(0);
  const { cold, warm } = await follow({
    name: "it",
    start: () => job,
    done: () => seen.shift() ?? 100,
    total: 100,
    end,
  });
  expect(cold).toMatchObject({ name: "it", count: 60 });
  expect(warm).toMatchObject({ name: "it", count: 40 });
  expect(warm.seconds).toBeGreaterThan(0.02);
  expect(cold.cpuSeconds).toBeGreaterThan(0);
});

test("a process that ends early is a failure that shows what it said", async () => {
  const { job, child } = idle();
  child.exitCode = 3;
  const early = follow({ name: "it", start: () => job, done: () => 0, total: 100 });
  await expect(early).rejects.toThrow("it ended before it was done: it said why");
});

test("a process that ends by itself must succeed", async () => {
  const { job, finish } = idle();
  finish(1);
  const failed = follow({ name: "it", start: () => job, done: () => 100, total: 100 });
  await expect(failed).rejects.toThrow("it ended with 1: it said why");
});
