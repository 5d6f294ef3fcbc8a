import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { despiteRemains, remainsIn } from "../../cli/broken-off";
import type { Pulumi } from "../../cli/pulumi";

const LOCKED =
  "error: the stack is currently locked by 1 lock(s).\n  lambda/1.json: created by root@vm (pid 999999999)";
const CONFLICT = "was not successfully created: Server-Side Apply field conflict detected. See https://…";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-broken-off-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test.each([
  ["a lock whose owner is gone", LOCKED, false, "lock"],
  ["a lock whose owner works", LOCKED, true, undefined],
  ["a lock of nobody knows whom", "the stack is currently locked by 1 lock(s)", false, undefined],
  ["objects nobody noted", CONFLICT, false, "objects"],
  ["anything else", "error: image not found", false, undefined],
])("%s", (_, log, alive, remains) => {
  expect(remainsIn(log, () => alive)).toBe(remains);
});

/** Attempts that fail with these logs, one after the other, and then succeed. */
async function run(logs: string[], ours: boolean) {
  const said: string[] = [];
  const log = join(directory, "pulumi.log");
  const pulumi = { log, unlock: async () => void said.push("unlock") } as unknown as Pulumi;
  const attempt = async (takeOver: boolean) => {
    said.push(takeOver ? "taking over" : "up");
    const failure = logs.shift();
    if (failure === undefined) return "done";
    writeFileSync(log, failure);
    throw new Error("failed");
  };
  const outcome = await despiteRemains(pulumi, ours, attempt, () => {}).catch((error: Error) => error.message);
  return [...said, outcome];
}

test("goes on after both, each once", async () => {
  expect(await run([LOCKED, CONFLICT], true)).toEqual(["up", "unlock", "up", "taking over", "done"]);
  expect(await run([CONFLICT, CONFLICT], true)).toEqual(["up", "taking over", "failed"]);
});

test("takes nothing over where others may have made it", async () => {
  expect(await run([CONFLICT], false)).toEqual(["up", "failed"]);
});
