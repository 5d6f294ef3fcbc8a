import { beforeAll, describe, expect, test } from "vitest";
import { copies } from "./support/exactly-once";
import { endOffsets, testKafka } from "./support/kafka";
import { eventually, forceDelete, kubectl, labOk, podsOf, rolledOut, sigkill } from "./support/lab";
import { type Load, produce } from "./support/load";
import { stackUp } from "./support/stack-up";

const kafka = testKafka();
const LOAD: Load = { events: 200_000, seconds: 40 };
const HALF: Load = { events: 100_000, seconds: 30 };
const WORK_OFF_SECONDS = 240;

beforeAll(async () => {
  await stackUp();
});

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Runs faults beside a load, then proves one committed copy of each input and exact tables. */
async function exactDespite(load: Load, faults: () => Promise<void>): Promise<void> {
  const start = await endOffsets(kafka, "events");
  const [produced, done] = await Promise.allSettled([produce(kafka, load), faults()]);
  expect([produced, done].flatMap((r) => (r.status === "rejected" ? [String(r.reason)] : []))).toEqual([]);
  const found = await copies(kafka, start, WORK_OFF_SECONDS);
  expect(found.inputs).toBeGreaterThanOrEqual(load.events);
  expect(found).toMatchObject({ missing: [], repeated: [] });
  expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
}

/** Removes a workload's pods without grace when any of them runs. Resolves with how many did. */
async function killPods(workload: string): Promise<number> {
  const running = (await podsOf(workload)).filter((pod) => pod.status.containerStatuses?.[0]?.state?.running);
  if (running.length > 0) await forceDelete(workload);
  return running.length;
}

/** SIGKILLs each of the workloads several times, at moments nobody planned. */
async function killAtRandom(workloads: string[], times: number, seconds: number): Promise<void> {
  let killed = 0;
  for (let i = 0; i < times; i++) {
    await pause((0.5 + Math.random()) * (seconds / times));
    for (const workload of workloads) {
      // The process itself at first; then whole pods, because a container that crashed before is restarted with a delay.
      const kill = i % 2 === 0 ? sigkill : killPods;
      killed += await eventually(`a running ${workload} to kill`, 60, async () => (await kill(workload)) || undefined);
    }
  }
  expect(killed).toBeGreaterThanOrEqual(times * workloads.length);
  for (const workload of workloads) await rolledOut("deployment", workload);
}

describe("under load", () => {
  test("of 200 000 events enrich and aggregate killed again and again: one committed copy of each input, every table exact", async () => {
    await exactDespite(LOAD, () => killAtRandom(["enrich", "aggregate"], 4, LOAD.seconds));
  });

  test("two replicas of each, which come, rebalance, are killed and go: the same", async () => {
    try {
      await exactDespite(HALF, async () => {
        await pause(5);
        await kubectl("scale", "deployment/enrich", "deployment/aggregate", "--replicas=2");
        await eventually("two of each are ready", 120, async () => {
          const pods = [...(await podsOf("enrich")), ...(await podsOf("aggregate"))];
          return pods.filter((pod) => pod.status.containerStatuses?.[0]?.ready).length === 4;
        });
        await killAtRandom(["enrich", "aggregate"], 2, 15);
      });
    } finally {
      const { stderr } = await labOk(["up"]);
      expect(stderr).toMatch(/somebody has scaled (enrich|aggregate) \(of 1 to 2\), (enrich|aggregate) \(of 1 to 2\)/);
      expect(stderr).not.toContain("an earlier run was killed");
    }
    // One replica takes over what the other has left behind, and readers see no difference.
    expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
  });

  test("the broker killed and started again under load: the same", async () => {
    await exactDespite(HALF, async () => {
      await pause(8);
      expect(await sigkill("kafka")).toBe(1);
      await rolledOut("statefulset", "kafka");
      await pause(5);
      await forceDelete("kafka");
      await rolledOut("statefulset", "kafka");
    });
  });
});
