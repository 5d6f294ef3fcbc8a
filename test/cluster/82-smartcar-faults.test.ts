import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Checkout, checkoutCopy } from "./support/checkout";
import { eventually, labOk } from "./support/lab";
import { driverLog, logDate, smartcar, storedReadings } from "./support/smartcar";

const SECOND = 1000;
/** Between faults: enough of the load for what comes back to have work. */
const PAUSE_SECONDS = 15;
let checkout: Checkout;
let begun = 0;

/** 100 readings a second of 4 KB each, as the sources ask for. */
beforeAll(async () => {
  await labOk(["up", "smartcar"]);
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

/** Waits until all that was written up to a moment is in HBase; resolves with how long after that moment it was, in seconds. */
async function caughtUp(atMs: number, seconds: number): Promise<number> {
  const date = logDate(atMs);
  await eventually(`readings of ${date} in HBase`, seconds, async () => {
    const wanted = (await driverLog(date, date)).length;
    const found = (await storedReadings(date)).size;
    if (found < wanted) throw new Error(`${found} of ${wanted}`);
    return wanted > 0;
  });
  return Math.round((Date.now() - atMs) / SECOND);
}

/** Seoul's wall time as people type it. */
function wallTime(ms: number): string {
  return logDate(ms).replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3 $4:$5:$6");
}

/** Kills the JVM of the topology's worker, inside the Supervisor's pod. */
async function killWorker(): Promise<number> {
  const script = [
    "for process in /proc/[0-9]*; do",
    '  tr "\\0" "\\n" < $process/cmdline 2> /dev/null | grep -qx org.apache.storm.daemon.worker.Worker || continue',
    "  kill -9 $(basename $process) && echo killed",
    "done",
  ].join("\n");
  const pod = (await smartcar.podsOf("storm-supervisor"))[0]?.metadata.name ?? "";
  const said = await smartcar.kubectl("exec", pod, "--container=supervisor", "--", "sh", "-c", script);
  return said.split("\n").filter((line) => line === "killed").length;
}

const FAULTS: readonly (readonly [what: string, kill: () => Promise<number>])[] = [
  ["the topology's worker", killWorker],
  ["Storm's Supervisor", () => smartcar.sigkill("storm-supervisor", "supervisor")],
  ["Nimbus", () => smartcar.sigkill("storm-nimbus")],
  ["the RegionServer", () => smartcar.sigkill("hbase-regionserver")],
  ["Kafka's broker", () => smartcar.sigkill("kafka")],
  ["the Flume agent while it reads", () => smartcar.sigkill("cars", "flume")],
  ["Redis", () => smartcar.sigkill("redis")],
];

test.each(FAULTS)("%s killed under load: everything catches up", async (what, kill) => {
  await caughtUp(Date.now() - 5 * SECOND, 240); // the fault before is over
  expect(await kill()).toBeGreaterThan(0);
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
