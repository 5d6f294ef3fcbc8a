import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { ownsNamespace, protectedResources } from "../../cli/commands/destroy";
import { isOfRemovedCluster, missingObjects, overScaled, scaledWorkloads } from "../../cli/deploy";
import { withOverrides } from "../../cli/job";
import { volumesOf } from "../../cli/leftovers";
import { requireRoom, requireRoot } from "../../cli/preflight";
import { secondsSince } from "../../cli/rows";
import { LabFailure } from "../../cluster/core/failure";
import { temporaryDirectory } from "../support/temporary";

const object = (type: string, name: string) => ({ urn: `urn::${name}`, type, outputs: { metadata: { name } } });

test("an object of the state that somebody deleted is found; jobs that cleared themselves away are not missed", () => {
  const state = [object("kubernetes:apps/v1:Deployment", "enrich"), object("kubernetes:batch/v1:Job", "topics-1")];
  expect(missingObjects(state, new Set())).toEqual(["Deployment/enrich"]);
  expect(missingObjects(state, new Set(["Deployment/enrich"]))).toEqual([]);
});

test("a state of which a broken-off destroy has left the namespace alone is missing it", () => {
  const state = [object("kubernetes:core/v1:Namespace", "bigdata-lab")];
  expect(missingObjects(state, new Set(["Namespace/"]))).toEqual(["Namespace/bigdata-lab"]);
  expect(missingObjects(state, new Set(["Namespace/bigdata-lab"]))).toEqual([]);
});

test("a workload that somebody has scaled is found; what names no number, or is gone, is not", () => {
  const workload = (kind: string, name: string, replicas?: number) => ({
    kind,
    metadata: { name },
    spec: { replicas },
  });
  const declared = (kind: string, name: string, replicas?: number) => ({
    urn: `urn::${name}`,
    type: `kubernetes:apps/v1:${kind}`,
    inputs: workload(kind, name, replicas),
  });
  const state = [
    declared("Deployment", "generate", 1),
    declared("StatefulSet", "kafka", 3),
    declared("Deployment", "enrich"),
    declared("StatefulSet", "gone", 1),
  ];
  const live = [
    workload("Deployment", "generate", 0),
    workload("StatefulSet", "kafka", 3),
    workload("StatefulSet", "generate", 7), // of the same name, but another kind
    workload("Deployment", "enrich", 5),
  ];
  expect(scaledWorkloads(state, live)).toEqual(["generate (of 1 to 0)"]);
});

test("in somebody's cluster, where it stays as it is, a failure says what was scaled", () => {
  const failure = new LabFailure("deploying failed", { log: "/log" });
  expect(overScaled(failure, [])).toBe(failure);
  expect(overScaled(failure, ["enrich (of 1 to 0)"])).toMatchObject({
    message: "deploying failed; somebody has scaled enrich (of 1 to 0)",
    log: "/log",
    fix: expect.stringContaining("kubectl scale"),
  });
});

test("a state of another cluster starts anew where that was the embedded one, and is refused where it was somebody's", () => {
  const cache = temporaryDirectory("identity");
  vi.stubEnv("LAB_CACHE", cache);
  try {
    const file = { stack: "lab", path: "", text: "", config: {}, complete: true };
    expect(isOfRemovedCluster({ file, context: undefined }, "now"), "never deployed").toBe(false);
    mkdirSync(join(cache, "pulumi-project"));
    writeFileSync(join(cache, "pulumi-project", "lab.cluster"), "then\n");
    expect(isOfRemovedCluster({ file, context: undefined }, "then")).toBe(false);
    expect(isOfRemovedCluster({ file, context: undefined }, "now")).toBe(true);
    expect(() => isOfRemovedCluster({ file, context: "team" }, "now")).toThrow(
      'stack "lab" was deployed to another cluster than context "team"',
    );
  } finally {
    vi.unstubAllEnvs();
  }
});

test("what is in a namespace that the stack has not made is not the stack's to end", () => {
  const state = [object("kubernetes:core/v1:Namespace", "bigdata-lab")];
  expect(ownsNamespace(state, "bigdata-lab")).toBe(true);
  expect(ownsNamespace(state, "default")).toBe(false);
  expect(ownsNamespace([object("kubernetes:apps/v1:Deployment", "default")], "default")).toBe(false);
  expect(ownsNamespace([], "bigdata-lab")).toBe(false);
});

test("overrides replace those of the template, and a run that somebody watches is not tried again", () => {
  const container = {
    env: [
      { name: "A", value: "1" },
      { name: "JOB_OVERRIDES", value: "{}" },
    ],
  };
  const job = { metadata: { name: "j" }, spec: { template: { spec: { containers: [container] } } } };
  const made = withOverrides(job, { from: "x" });
  expect(made.spec).toMatchObject({ backoffLimit: 0 });
  expect(made.spec.template.spec.containers[0]?.env).toEqual([
    { name: "A", value: "1" },
    { name: "JOB_OVERRIDES", value: '{"from":"x"}' },
  ]);
  expect(container.env).toHaveLength(2); // the template itself is left alone
});

test("a machine that is too small, not Linux or not root's is refused with what it needs", () => {
  expect(() => requireRoom({ availableMiB: 8000 }, 2000)).not.toThrow();
  expect(() => requireRoom({ availableMiB: 3000 }, 2000)).toThrow(/needs 3200 MiB, 3000 MiB/);
  expect(() => requireRoot({ platform: "darwin", uid: 0 })).toThrow(/Linux only/);
  expect(() => requireRoot({ platform: "linux", uid: 1000 })).toThrow(/needs root/);
});

test("volumes are the namespace's own, and protected resources are named", () => {
  const claim = (namespace: string) => ({
    metadata: { name: `pv-${namespace}` },
    spec: { claimRef: { namespace, name: "c" } },
  });
  expect(volumesOf([claim("a"), claim("b")], "a")).toEqual(["pv-a (c)"]);
  expect(protectedResources([{ urn: "urn:x::ns", type: "kubernetes:core/v1:Namespace", protect: true }])).toEqual([
    "Namespace ns",
  ]);
});

test("a stored window end is Seoul wall time, whatever this machine's zone", () => {
  expect(secondsSince("2026-01-01 09:00:30", Date.parse("2026-01-01T00:01:00Z"))).toBe(30);
});
