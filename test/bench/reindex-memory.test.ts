import { describe, expect, test } from "vitest";
import { interruptions, type Look, looksOf, peakLines, type WorkerPod, watched } from "../../bench/reindex/memory";

const look = (usedMiB: number | undefined, change: Partial<Look> = {}): Look => ({
  pod: "druid-indexer-0",
  usedMiB,
  limitMiB: 640,
  started: "2026-01-01T00:00:00Z",
  ended: undefined,
  ...change,
});
const restarted = look(100, { started: "2026-01-01T00:05:00Z", ended: "OOMKilled" });
const short = { everyMs: 1, lateMs: 5 };

test("a look has a pod's memory, its limit, since when it runs and why it ended before", () => {
  const pod: WorkerPod = {
    metadata: { name: "druid-indexer-0" },
    spec: { containers: [{ name: "druid-indexer", resources: { limits: { memory: "640Mi" } } }] },
    status: {
      containerStatuses: [
        {
          state: { running: { startedAt: "2026-01-01T00:05:00Z" } },
          lastState: { terminated: { reason: "OOMKilled" } },
        },
      ],
    },
  };
  expect(looksOf([pod], new Map([["druid-indexer-0", 100]]))).toEqual([restarted]);
  const killed = { ...pod, status: { containerStatuses: [{ state: { terminated: { reason: "OOMKilled" } } }] } };
  expect(looksOf([killed], new Map())).toEqual([look(undefined, { started: "not running", ended: "OOMKilled" })]);
});

describe("peaks", () => {
  test("are the most of all looks, of each pod", () => {
    const other = (usedMiB: number) => look(usedMiB, { pod: "druid-historical-0", limitMiB: 272 });
    expect(peakLines([look(300), other(201), look(431.6), look(undefined), look(400), other(200)])).toEqual([
      "druid-historical-0: peak 201 of 272 MiB",
      "druid-indexer-0: peak 432 of 640 MiB",
    ]);
  });

  test("are not made up where the kubelet says nothing", () => {
    expect(() => peakLines([look(undefined)])).toThrow("does not say what memory druid-indexer-0 takes");
  });
});

test("what runs all the time is not interrupted; what was killed, replaced or is gone is", () => {
  expect(interruptions([look(1)], [look(2)])).toEqual([]);
  expect(interruptions([look(1)], [restarted])).toEqual(["druid-indexer-0 was restarted (OOMKilled)"]);
  const replaced = { ...restarted, ended: undefined };
  expect(interruptions([look(1)], [replaced])).toEqual(["druid-indexer-0 was restarted (another pod)"]);
  expect(interruptions([look(1)], [])).toEqual(["druid-indexer-0 is gone"]);
});

describe("work that is watched", () => {
  test("has its result and the peaks; a look that fails in between is passed over", async () => {
    let looks = 0;
    const used = async () => {
      looks += 1;
      if (looks === 2) throw new Error("the API server did not answer");
      return [look(looks === 3 ? 500 : 100)];
    };
    const { result, peaks } = await watched(used, async () => "done", { everyMs: 1, lateMs: 20 });
    expect({ result, peaks }).toEqual({ result: "done", peaks: ["druid-indexer-0: peak 500 of 640 MiB"] });
  });

  test("fails when a worker was killed meanwhile, whether the work went well or not", async () => {
    const broken = new Error("the reindex ended with 1");
    for (const work of [async () => "done", () => Promise.reject(broken)]) {
      let looks = 0;
      const killed = async () => {
        looks += 1;
        return [looks === 1 ? look(1) : restarted];
      };
      await expect(watched(killed, work, short)).rejects.toThrow("druid-indexer-0 was restarted (OOMKilled)");
    }
  });

  test("fails of its own failure otherwise, also when nobody answers any more", async () => {
    const work = () => Promise.reject(new Error("the reindex ended with 1"));
    await expect(watched(async () => [look(1)], work, short)).rejects.toThrow("the reindex ended with 1");
    let looks = 0;
    const lost = async () => {
      looks += 1;
      if (looks > 1) throw new Error("no answer");
      return [look(1)];
    };
    await expect(watched(lost, work, short)).rejects.toThrow("the reindex ended with 1");
  });
});
