import { expect, test } from "vitest";
import { parse } from "yaml";
import { jvmClaim } from "../../components/core/jvm-memory";
import { manifests, podOwner } from "../../components/core/manifest";
import { networkPolicies } from "../../components/core/network";
import { parseMiB } from "../../components/core/quantity";
import { Storm, type StormArgs } from "../../components/storm/storm";
import { StormTopologies, type Topology, topologiesJson } from "../../components/storm/storm-topologies";
import { stormYaml } from "../../components/storm/storm-yaml";
import { inventory } from "../../stacks/inventory";

const place = { name: "lab", ref: "lab" };
const image = "storm:0123456789abcdef";
const endpoint = (workload: string, port: number) => ({ workload, host: workload, port });
const zookeeper = { connectString: "zookeeper:2181", endpoint: endpoint("zookeeper", 2181) };
const kafka = { bootstrapServers: "kafka:9093", endpoint: endpoint("kafka", 9093) };
const redis = endpoint("redis", 6379);
const lab: StormArgs = {
  place,
  image,
  zookeeper,
  kafka,
  nimbus: { memoryMiB: 144, millicores: 20, storageGiB: 1 },
  supervisor: { memoryMiB: 132, slots: 1, workerMiB: 320, millicores: 100, storageGiB: 1 },
  ui: { memoryMiB: 112, millicores: 10 },
  calls: [kafka.endpoint, redis],
  secrets: { group: "redis", files: [{ secret: "redis", file: "password" }] },
};
const prod: StormArgs = {
  ...lab,
  zookeeper: { ...zookeeper, connectString: "zk-0.zk:2181,zk-1.zk:2181,zk-2.zk:2181" },
  nimbus: { memoryMiB: 2048, millicores: 500, storageGiB: 10, replicas: 2 },
  supervisor: { memoryMiB: 512, slots: 4, workerMiB: 2048, millicores: 2000, storageGiB: 10, replicas: 3 },
  keepData: true,
  spread: "required",
};

/** What a program declares. */
async function declared<T>(make: () => T) {
  let made: T | undefined;
  const objects = manifests(
    await inventory(() => {
      made = make();
    }),
  );
  if (made === undefined) throw new Error("nothing was made");
  const find = (kind: string, name: string) => {
    const found = objects.find(
      (object) => object.kind === kind && (object.metadata?.name ?? "").replace(/-[0-9a-f]{10}$/, "") === name,
    );
    if (!found) throw new Error(`no ${kind} ${name}`);
    return found;
  };
  const pod = (kind: string, name: string) => {
    const owner = podOwner(find(kind, name));
    if (!owner) throw new Error(`${name} makes no pods`);
    return owner.spec;
  };
  const container = (kind: string, name: string) => {
    const [only] = pod(kind, name).containers ?? [];
    if (!only) throw new Error(`${name} has no container`);
    return only;
  };
  return { made, objects, find, pod, container };
}

const settingsOf = (text: string | undefined) => parse(text ?? "") as Record<string, unknown>;
const envOf = (env: readonly { name?: string; value?: string }[] | undefined, name: string) =>
  env?.find((variable) => variable.name === name)?.value ?? "";

test("lab: Nimbus, a Supervisor and the page, known to each other by names that stay", async () => {
  const { made, find } = await declared(() => new Storm("storm", lab));
  const settings = settingsOf(find("ConfigMap", "storm-nimbus").data?.["storm.yaml"]);
  expect(settings).toMatchObject({
    "nimbus.seeds": ["storm-nimbus-0.storm-nimbus.lab.svc.cluster.local"],
    "storm.zookeeper.servers": ["zookeeper"],
    "storm.zookeeper.port": 2181,
    "storm.local.dir": "/var/lib/storm",
    "supervisor.slots.ports": [6700],
    "topology.min.replication.count": 1,
  });
  expect(find("StatefulSet", "storm-nimbus").spec?.replicas).toBe(1);
  expect(find("StatefulSet", "storm-supervisor").spec?.replicas).toBe(1);
  expect(find("Service", "storm-ui").spec?.ports).toEqual([{ name: "http", port: 8088, targetPort: "http" }]);
  expect(Object.keys(settingsOf(made.clientFiles["storm.yaml"]))).not.toContain("storm.zookeeper.servers");
});

test("prod: two Nimbuses that both hold every jar, and Supervisors of four workers", async () => {
  const { find, objects } = await declared(() => new Storm("storm", prod));
  expect(settingsOf(find("ConfigMap", "storm-supervisor").data?.["storm.yaml"])).toMatchObject({
    "nimbus.seeds": [0, 1].map((ordinal) => `storm-nimbus-${ordinal}.storm-nimbus.lab.svc.cluster.local`),
    "storm.zookeeper.servers": ["zk-0.zk", "zk-1.zk", "zk-2.zk"],
    "supervisor.slots.ports": [6700, 6701, 6702, 6703],
    "topology.min.replication.count": 2,
  });
  expect(find("StatefulSet", "storm-supervisor").spec?.replicas).toBe(3);
  expect(
    objects
      .filter(({ kind }) => kind === "PodDisruptionBudget")
      .map(({ metadata }) => metadata?.name)
      .sort(),
  ).toEqual(["storm-nimbus", "storm-supervisor"]);
});

test.each([
  ["lab", lab],
  ["prod", prod],
])("%s: all JVMs of a pod fit into its limit", async (_, args) => {
  const { find, container } = await declared(() => new Storm("storm", args));
  const limit = (made: ReturnType<typeof container>) => parseMiB(made.resources?.limits?.memory ?? "");
  for (const [kind, name] of [
    ["StatefulSet", "storm-nimbus"],
    ["StatefulSet", "storm-supervisor"],
    ["Deployment", "storm-ui"],
  ] as const) {
    const made = container(kind, name);
    const own = jvmClaim(envOf(made.env, "STORM_JVM_OPTIONS"));
    expect(own.missing).toEqual([]);
    expect(own.claimMiB).toBeLessThan(limit(made));
    if (name !== "storm-supervisor") continue;
    const settings = settingsOf(find("ConfigMap", "storm-supervisor").data?.["storm.yaml"]);
    const worker = jvmClaim(String(settings["worker.childopts"]));
    expect(worker.missing).toEqual([]);
    expect(own.claimMiB + args.supervisor.slots * worker.claimMiB).toBeLessThan(limit(made));
    expect(limit(made)).toBe(args.supervisor.memoryMiB + args.supervisor.slots * args.supervisor.workerMiB);
  }
});

test("workers have the passwords, and reach what a topology writes to; nobody else does", async () => {
  const { made, container, pod } = await declared(() => new Storm("storm", lab));
  expect(container("StatefulSet", "storm-supervisor").volumeMounts).toContainEqual({
    name: "secrets-redis",
    mountPath: "/etc/secrets/redis",
    readOnly: true,
  });
  expect(JSON.stringify(pod("StatefulSet", "storm-nimbus"))).not.toContain("secrets");
  expect(JSON.stringify(pod("Deployment", "storm-ui"))).not.toContain("secrets");
  const who = (target: string) =>
    made.workloads.filter(({ calls }) => calls.some(({ workload }) => workload === target)).map((w) => w.workload.name);
  expect(who("redis")).toEqual(["storm-supervisor"]);
  expect(who("kafka")).toEqual(["storm-supervisor", "storm-ui"]);
  expect(who("zookeeper")).toEqual(["storm-nimbus", "storm-supervisor"]);
  const others = ["zookeeper", "kafka", "redis"].map((name) => ({ workload: { name, component: name }, calls: [] }));
  expect(() => networkPolicies([...made.workloads, ...others])).not.toThrow();
});

test.each([
  ["nimbus.replicas", { ...lab, nimbus: { ...lab.nimbus, replicas: 0 } }],
  ["supervisor.slots", { ...lab, supervisor: { ...lab.supervisor, slots: 0 } }],
  ["storm worker: a memory limit of 128", { ...lab, supervisor: { ...lab.supervisor, workerMiB: 128 } }],
  ["storm-nimbus: a memory limit of 96", { ...lab, nimbus: { ...lab.nimbus, memoryMiB: 96 } }],
])("refused: %s", async (problem, args) => {
  await expect(declared(() => new Storm("storm", args))).rejects.toThrow(problem);
});

test("a storm.yaml is YAML whatever its values are", () => {
  const settings = { a: 'x: "y" #z', b: [1, "two"], c: {}, d: false };
  expect(settingsOf(stormYaml(settings))).toEqual(settings);
});

const smartcar = {
  name: "smartcar",
  settings: { window: 30 },
  files: { "over-speed.epl": "having avg(speed) > 80\n" },
};
const deploy = (topologies: readonly (string | Topology)[]) =>
  new StormTopologies("storm-topologies", {
    place,
    image,
    storm: { endpoint: endpoint("storm-nimbus", 6627), clientFiles: { "storm.yaml": "nimbus.seeds: []\n" } },
    topologies: topologies.map((topology) =>
      typeof topology === "string" ? { ...smartcar, name: topology } : topology,
    ),
    memoryMiB: 192,
    millicores: 10,
  });

test("a changed rule is another Job, and the same declaration the same one", async () => {
  const jobName = async (rule: string) => {
    const { objects } = await declared(() => deploy([{ ...smartcar, files: { "over-speed.epl": rule } }]));
    return objects.find(({ kind }) => kind === "Job")?.metadata?.name;
  };
  expect(await jobName("> 80")).toBe(await jobName("> 80"));
  expect(await jobName("> 80")).not.toBe(await jobName("> 100"));
});

test("the deployer is told everything, calls Nimbus alone, and is not run again when it refuses", async () => {
  const { made, find } = await declared(() => deploy([smartcar]));
  expect(made.calls.map(({ workload }) => workload)).toEqual(["storm-nimbus"]);
  const { data } = find("ConfigMap", "storm-topologies");
  expect(JSON.parse(data?.["topologies.json"] ?? "")).toEqual({
    waitSeconds: 300,
    killSeconds: 10,
    topologies: [{ ...smartcar, flux: "/opt/topology/topology.yaml", jar: "/opt/topology/topology.jar" }],
  });
  expect(find("Job", "storm-topologies").spec).toMatchObject({ backoffLimit: 1 });
});

test("two topologies of one name, or a name that Storm cannot have, are refused", async () => {
  await expect(declared(() => deploy(["cars", "cars"]))).rejects.toThrow("two topologies are called cars");
  await expect(declared(() => deploy(["Smart Car"]))).rejects.toThrow('got "Smart Car"');
});

test("nothing declared is said too, so that what ran is killed", () => {
  expect(JSON.parse(topologiesJson({ topologies: [], waitSeconds: 1, killSeconds: 1 })).topologies).toEqual([]);
});
