import { beforeAll, describe, expect, test } from "vitest";
import type { Picture } from "../../cli/commands/status";
import { parseMiB } from "../../components/core/quantity";
import { inNamespace, kubectl, labOk, type Pod } from "./support/lab";

const NAMESPACE = "bigdata-lab-all";
const { kubeGet } = inNamespace(NAMESPACE);
/** What the three pipelines may take together: 6 GiB. */
const MOST_MIB = 6 * 1024;

interface Limited extends Pod {
  readonly spec: {
    readonly containers: readonly { readonly resources: { readonly limits: { readonly memory: string } } }[];
  };
}

const running = async () =>
  (await kubeGet<{ items: Limited[] }>("pods")).items.filter(({ status }) => status.phase === "Running");

describe("the three pipelines at once", () => {
  let said = "";
  beforeAll(async () => {
    said = (await labOk(["up", "all"])).stdout;
  });

  test("end in rows of each", () => {
    expect(said).toMatch(/newest rows of events_users_v1/);
    expect(said).toMatch(/newest rows of Druid's events_stages/);
    expect(said).toMatch(/newest readings in HBase's DriverCarInfo/);
  });

  test("stay within 6 GiB of memory limits, with nothing killed", async () => {
    const pods = await running();
    const limits = pods.flatMap(({ spec }) =>
      spec.containers.map(({ resources }) => parseMiB(resources.limits.memory)),
    );
    expect(limits.length).toBeGreaterThan(20);
    expect(limits.reduce((sum, limit) => sum + limit, 0)).toBeLessThanOrEqual(MOST_MIB);
    const { workloads } = JSON.parse((await labOk(["status", "--json", "--stack", "all"])).stdout) as Picture;
    expect(workloads.filter(({ memoryMiB }) => memoryMiB === null)).toEqual([]);
    expect(workloads.reduce((sum, { memoryMiB }) => sum + (memoryMiB ?? 0), 0)).toBeLessThan(MOST_MIB);
    const started = pods.flatMap(({ metadata, status: { containerStatuses = [] } }) =>
      containerStatuses.map(({ restartCount }) => ({ pod: metadata.name, restartCount })),
    );
    expect(started.filter(({ restartCount }) => restartCount > 0)).toEqual([]);
  });

  test.each(["kappa", "lambda", "smartcar"])("agree with their sources: %s", async (pipeline) => {
    expect((await labOk(["verify", pipeline, "--stack", "all"])).stdout).toMatch(/agree/);
  });

  test("go at once, too", async () => {
    expect((await labOk(["destroy", "all"])).stdout).toMatch(/stack all is gone/);
    expect(await kubectl("get", "namespaces", "--output=name")).not.toContain(NAMESPACE);
  });
});
