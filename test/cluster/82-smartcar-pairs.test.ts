import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Checkout, checkoutCopy } from "./support/checkout";
import { labOk } from "./support/lab";
import { caughtUp, killWorkers, smartcar, wallTime } from "./support/smartcar";

let checkout: Checkout;
let begun = 0;

/** The shape of staging and prod in what is new there, at the memory of a lab: two workers, Nimbuses and HBase masters. */
beforeAll(async () => {
  checkout = checkoutCopy();
  const file = join(checkout.path, "stacks", "sizes.ts");
  let sizes = readFileSync(file, "utf8");
  for (const [single, pair] of [
    ["topology: { workers: 1, spouts: 1, tasks: 1 }", "topology: { workers: 2, spouts: 2, tasks: 2 }"],
    [
      "master: { memoryMiB: 288, millicores: 30, replicas: 1 }",
      "master: { memoryMiB: 288, millicores: 30, replicas: 2 }",
    ],
    [
      "nimbus: { memoryMiB: 140, millicores: 20, storageGiB: 1, replicas: 1 }",
      "nimbus: { memoryMiB: 140, millicores: 20, storageGiB: 1, replicas: 2 }",
    ],
    [
      "workerMiB: 304, millicores: 100, storageGiB: 1, replicas: 1",
      "workerMiB: 304, millicores: 100, storageGiB: 1, replicas: 2",
    ],
  ] as const) {
    if (!sizes.includes(single)) throw new Error(`no "${single}" in stacks/sizes.ts`);
    sizes = sizes.replace(single, pair);
  }
  writeFileSync(file, sizes);
  const { code, stdout, stderr } = await checkout.lab("up", "smartcar");
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  begun = Date.now();
});
afterAll(async () => {
  checkout.remove();
  await labOk(["up", "smartcar"]);
});

const FAULTS: readonly (readonly [what: string, kill: () => Promise<unknown>])[] = [
  ["one of two workers", () => killWorkers("storm-supervisor-0")],
  ["the other one", () => killWorkers("storm-supervisor-1")],
  [
    "the HBase master that leads",
    () => smartcar.kubectl("delete", "pod", "hbase-master-0", "--force", "--grace-period=0"),
  ],
  ["the Nimbus that leads", () => smartcar.kubectl("delete", "pod", "storm-nimbus-0", "--force", "--grace-period=0")],
];

test.each(FAULTS)("%s gone: every reading is stored", async (what, kill) => {
  await caughtUp(Date.now() - 5_000, 420);
  expect(await kill()).toBeTruthy();
  const killed = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await caughtUp(Date.now(), 420);
  console.log(`${what}: all is stored ${Math.round((Date.now() - killed) / 1000)} s after the kill`);
});

test("nothing is lost, nothing is wrong", async () => {
  const { stdout } = await labOk(["verify", "smartcar", "--stack", "smartcar", "--from", wallTime(begun)]);
  expect(stdout).toMatch(/everything agrees/);
});
