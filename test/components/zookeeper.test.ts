import { expect, test } from "vitest";
import { jvmClaim } from "../../components/core/jvm-memory";
import { manifests, podOwner } from "../../components/core/manifest";
import { serversProblem, zooCfg, zooCfgDynamic } from "../../components/zookeeper/zoo-cfg";
import { ZooKeeper } from "../../components/zookeeper/zookeeper";
import { inventory } from "../../stacks/inventory";

const alone = {
  place: { name: "lab", ref: "lab" },
  image: "zookeeper:0123456789abcdef",
  servers: 1,
  memoryMiB: 160,
  millicores: 20,
  storageGiB: 1,
};
const ensemble = { ...alone, servers: 3, memoryMiB: 1024, keepData: true, spread: "required" } as const;

/** The component and everything it declares, by `kind/name`. */
async function declared(args: ConstructorParameters<typeof ZooKeeper>[1]) {
  let made: ZooKeeper | undefined;
  const all = await inventory(() => {
    made = new ZooKeeper("zookeeper", args);
  });
  const objects = manifests(all);
  const find = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata?.name === name);
  const set = find("StatefulSet", "zookeeper");
  const pod = set && podOwner(set)?.spec;
  if (!made || !set || !pod) throw new Error("no StatefulSet of the name zookeeper");
  return { made, all, objects, find, set, pod };
}

test("an ensemble's members are its pods' stable names, and each serves clients", () => {
  expect(zooCfgDynamic("prod", 3).split("\n")).toEqual([
    "server.1=zookeeper-0.zookeeper-servers.prod.svc.cluster.local:2888:3888:participant;0.0.0.0:2181",
    "server.2=zookeeper-1.zookeeper-servers.prod.svc.cluster.local:2888:3888:participant;0.0.0.0:2181",
    "server.3=zookeeper-2.zookeeper-servers.prod.svc.cluster.local:2888:3888:participant;0.0.0.0:2181",
    "",
  ]);
});

test("a server alone needs no quorum, three do; nothing is written where the config is mounted", () => {
  const settings = (servers: number) => zooCfg(servers, 160).trimEnd().split("\n");
  expect(settings(1)).toContain("standaloneEnabled=true");
  expect(settings(3)).toContain("standaloneEnabled=false");
  for (const lines of [settings(1), settings(3)]) {
    expect(lines).toEqual(
      expect.arrayContaining([
        "dataDir=/var/lib/zookeeper/data",
        "dynamicConfigFile=/var/lib/zookeeper/zoo.cfg.dynamic",
        "admin.enableServer=false",
        "4lw.commands.whitelist=ruok,srvr,mntr",
        "autopurge.purgeInterval=1",
      ]),
    );
    const keys = lines.map((line) => line.split("=")[0]);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("one server: its Service is the address, nothing is spread or budgeted, its volume goes with the stack", async () => {
  const { made, objects, set, pod } = await declared(alone);
  expect(made.connectString).toBe("zookeeper:2181");
  expect(objects.some(({ kind }) => kind === "PodDisruptionBudget")).toBe(false);
  expect(pod.topologySpreadConstraints).toBeUndefined();
  expect(set.spec).toMatchObject({
    replicas: 1,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
  });
});

test("three servers: all are addresses, on nodes of their own, one may be away, volumes stay and are protected", async () => {
  const { made, all, find, set, pod } = await declared(ensemble);
  expect(made.connectString.split(",")).toEqual(
    [0, 1, 2].map((ordinal) => `zookeeper-${ordinal}.zookeeper-servers.lab.svc.cluster.local:2181`),
  );
  expect(find("PodDisruptionBudget", "zookeeper")?.spec).toMatchObject({ maxUnavailable: 1 });
  expect(pod.topologySpreadConstraints?.[0]?.whenUnsatisfiable).toBe("DoNotSchedule");
  expect(set.spec).toMatchObject({
    replicas: 3,
    podManagementPolicy: "Parallel",
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  });
  expect(all.filter(({ protect }) => protect).map(({ type }) => type)).toEqual(["kubernetes:apps/v1:StatefulSet"]);
});

test("ready means a quorum, alive means an answer", async () => {
  const { pod } = await declared(ensemble);
  const asked = (probe: "readinessProbe" | "livenessProbe" | "startupProbe") =>
    pod.containers[0]?.[probe]?.exec?.command;
  expect(asked("readinessProbe")).toEqual(["/opt/zookeeper/bin/ask", "srvr", "Mode: "]);
  expect(asked("livenessProbe")).toEqual(["/opt/zookeeper/bin/ask", "ruok", "imok"]);
  expect(asked("startupProbe")).toEqual(asked("livenessProbe"));
});

test("servers reach each other before anyone is ready, and may call each other on every port that their config names", async () => {
  const { made, find } = await declared(ensemble);
  const headless = find("Service", "zookeeper-servers")?.spec;
  expect(headless).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
  expect(find("Service", "zookeeper")?.spec).not.toHaveProperty("publishNotReadyAddresses");
  expect(made.calls.map(({ workload, port }) => `${workload}:${port}`)).toEqual([
    "zookeeper:2181",
    "zookeeper:2888",
    "zookeeper:3888",
  ]);
});

test("the JVM fits its limit, and a limit that is too small is refused in one line before anything is declared", async () => {
  const { pod } = await declared(alone);
  const options = pod.containers[0]?.env?.find(({ name }) => name === "ZOOKEEPER_JVM_OPTIONS")?.value ?? "";
  const { claimMiB, missing } = jvmClaim(options);
  expect(missing).toEqual([]);
  expect(claimMiB).toBeLessThanOrEqual(160 * 0.9);

  const all = await inventory(() => {
    expect(() => new ZooKeeper("zk", { ...alone, memoryMiB: 96 })).toThrow(/^zookeeper: a memory limit of 96 MiB/);
    expect(() => new ZooKeeper("zk", { ...alone, servers: 2 })).toThrow(/^ZooKeeper "zk": servers must be 1 or 3/);
  });
  expect(all).toEqual([]);
});

test.each([
  [1, true],
  [3, true],
  [0, false],
  [2, false],
  [5, false],
  [1.5, false],
])("%d servers", (servers, fine) => {
  expect(serversProblem(servers) === undefined).toBe(fine);
});

test("transform has the last word", async () => {
  const all = await inventory(
    () =>
      new ZooKeeper("zookeeper", {
        ...alone,
        transform: { statefulSet: (args) => ({ ...args, metadata: { name: "renamed" } }) },
      }),
  );
  expect(manifests(all).find(({ kind }) => kind === "StatefulSet")?.metadata?.name).toBe("renamed");
});
