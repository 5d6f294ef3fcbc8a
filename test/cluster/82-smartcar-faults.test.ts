import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Checkout, checkoutCopy } from "./support/checkout";
import { eventually, labOk } from "./support/lab";
import { caughtUp, killWorkers, smartcar, wallTime } from "./support/smartcar";
import { stackUp } from "./support/stack-up";

const SECOND = 1000;
/** Between faults: enough of the load for what comes back to have work. */
const PAUSE_SECONDS = 10;
let checkout: Checkout;
let begun = 0;

/** 100 readings a second of 4 KB each, as the sources ask for. */
beforeAll(async () => {
  await stackUp("smartcar");
  checkout = checkoutCopy();
  const file = join(checkout.path, "stacks", "Pulumi.smartcar.yaml");
  writeFileSync(file, `${readFileSync(file, "utf8").trimEnd()}\n  bigdata-lab:smartcar: { readingBytes: 4096 }\n`);
  const { code, stdout, stderr } = await checkout.lab("up", "smartcar");
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  begun = Date.now();
});
afterAll(async () => {
  checkout.remove();
  await labOk(["up", "smartcar"]);
});

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * SECOND));

/** What is killed, and how; resolves with something when it was there. */
type Fault = readonly [what: string, kill: () => Promise<unknown>];

const FAULTS: readonly Fault[] = [
  ["the topology's worker", () => killWorkers("storm-supervisor-0")],
  ["Storm's Supervisor", () => smartcar.sigkill("storm-supervisor", "supervisor")],
  ["Nimbus", () => smartcar.sigkill("storm-nimbus")],
  ["the RegionServer", () => smartcar.sigkill("hbase-regionserver")],
  ["Kafka's broker", () => smartcar.sigkill("kafka")],
  ["the Flume agent while it reads", () => smartcar.sigkill("cars", "flume")],
  ["Redis", () => smartcar.sigkill("redis")],
];

test.each(FAULTS)("%s killed under load: everything catches up", async (what, kill) => {
  await caughtUp(Date.now() - 5 * SECOND, 240); // the fault before is over
  expect(await kill()).toBeTruthy();
  const killed = Date.now();
  await sleep(PAUSE_SECONDS);
  await caughtUp(Date.now(), 420);
  // Behind by no more than on a good day: from then on nothing waits.
  const behind = await eventually(`${what}: no longer behind`, 420, async () => {
    const seconds = await caughtUp(Date.now(), 60);
    if (seconds > 10) throw new Error(`${seconds} s behind`);
    return seconds;
  });
  console.log(
    `${what}: recovered ${Math.round((Date.now() - killed) / SECOND)} s after the kill, ${behind} s behind the cars`,
  );
});

test("nothing is lost, nothing is wrong: log, topic, HBase, Redis and HDFS agree", async () => {
  await sleep(Math.max(0, 180 - (Date.now() - begun) / SECOND)); // three minutes of load at least
  const { stdout } = await labOk(["verify", "smartcar", "--stack", "smartcar", "--from", wallTime(begun)]);
  expect(stdout).toMatch(/everything agrees/);
});
