import { expect, test } from "vitest";
import { endWorkloads } from "../../cli/end-workloads";
import type { KubeObject } from "../../cli/kube";

/** A namespace whose pods are `rounds`, one list after the other; notes what is asked of kubectl. */
function namespaceOf(rounds: string[][]) {
  const asked: string[] = [];
  const kube = {
    run: async (args: string[]) => {
      asked.push(args.join(" "));
      return { stdout: "", stderr: "" };
    },
    list: async <T extends KubeObject>() => (rounds.shift() ?? []).map((name) => ({ metadata: { name } }) as T),
  };
  return { kube, asked };
}

test("owners go first and leave their pods, each of which is asked once, with a short time", async () => {
  const { kube, asked } = namespaceOf([["kafka-0", "enrich-x"], ["kafka-0"], []]);
  const told: string[] = [];
  await endWorkloads(kube, (detail) => told.push(detail));
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatch(/^delete cronjobs,deployments,statefulsets,\S+ --all --cascade=orphan --wait=false/);
  expect(asked[1]).toMatch(/^delete pods kafka-0 enrich-x --grace-period=5 --wait=false/);
  expect(told).toEqual(["2 pods are ending", "1 pods are ending", "all have ended"]);
});

test("a pod that came meanwhile is ended, too; an empty namespace has none to end", async () => {
  const late = namespaceOf([["kafka-0"], ["kafka-0", "enrich-y"], []]);
  await endWorkloads(late.kube, () => undefined);
  expect(late.asked.slice(1).map((line) => line.split(" --")[0])).toEqual([
    "delete pods kafka-0",
    "delete pods enrich-y",
  ]);
  const empty = namespaceOf([]);
  await endWorkloads(empty.kube, () => undefined);
  expect(empty.asked).toHaveLength(1);
});
