import { describe, expect, test } from "vitest";
import { jvmClaim } from "../../components/core/jvm-memory";
import { manifests, podOwner } from "../../components/core/manifest";
import { networkPolicies } from "../../components/core/network";
import { parseMiB } from "../../components/core/quantity";
import { HBase, type HBaseArgs } from "../../components/hbase/hbase";
import { HBaseTables } from "../../components/hbase/hbase-tables";
import type { TableDeclaration } from "../../components/hbase/table-declaration";
import { inventory } from "../../stacks/inventory";
import { namedHosts } from "../policy/rules/network";

const place = { name: "lab", ref: "lab" };
const image = "hbase:0123456789abcdef";
const share = (memoryMiB: number) => ({ memoryMiB, millicores: 50 });
const nameNode = { workload: "namenode", host: "namenode", port: 8020 };
const dataNode = { workload: "datanode", host: "datanodes", port: 9866 };
const zookeeperEndpoint = { workload: "zookeeper", host: "zookeeper", port: 2181 };
const lab: HBaseArgs = {
  place,
  image,
  master: share(288),
  regionServer: share(336),
  rest: share(192),
  zookeeper: { connectString: "zookeeper:2181", endpoint: zookeeperEndpoint },
  hdfs: {
    defaultFs: "hdfs://namenode:8020",
    clientFiles: { "core-site.xml": "<core/>", "hdfs-site.xml": "<hdfs/>" },
    clientCalls: [nameNode, dataNode],
  },
};
const zookeepers = [0, 1, 2].map((n) => `zookeeper-${n}.zookeeper-servers.lab.svc.cluster.local:2181`).join(",");
const prod: HBaseArgs = {
  ...lab,
  master: { ...share(2048), replicas: 2 },
  regionServer: { ...share(8192), replicas: 3 },
  rest: { ...share(1024), replicas: 2 },
  zookeeper: { connectString: zookeepers, endpoint: zookeeperEndpoint },
  hdfs: { ...lab.hdfs, defaultFs: "hdfs://lab" },
  spread: "required",
};

/** The component and everything it declares. */
async function declared(args: HBaseArgs) {
  let made: HBase | undefined;
  const all = await inventory(() => {
    made = new HBase("hbase", args);
  });
  if (!made) throw new Error("no HBase was made");
  const objects = manifests(all);
  const find = (kind: string, name: string) => {
    const found = objects.find((object) => object.kind === kind && object.metadata?.name === name);
    if (!found) throw new Error(`no ${kind} ${name}`);
    return found;
  };
  const pod = (workload: string) => {
    const owner = objects
      .filter(({ metadata }) => metadata?.name === workload)
      .map(podOwner)
      .find((one) => one);
    if (!owner) throw new Error(`${workload} makes no pods`);
    return owner.spec;
  };
  const files = (workload: string) => {
    const name = pod(workload).volumes?.find((volume) => volume.name === "config")?.configMap?.name ?? "";
    return find("ConfigMap", name).data ?? {};
  };
  const site = (workload: string) => properties(files(workload)["hbase-site.xml"] ?? "");
  return { made, all, objects, find, pod, files, site };
}

/** Settings of a rendered file; a key that is said twice is an error. */
function properties(xml: string): Record<string, string> {
  const entries = [...xml.matchAll(/<property><name>([^<]*)<\/name><value>([^<]*)<\/value><\/property>/g)];
  const keys = entries.map(([, key = ""]) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.length).toBeGreaterThan(0);
  return Object.fromEntries(entries.map(([, key, value]) => [key, value]));
}

describe("HBase", () => {
  test("lab: one of each, tables on HDFS, every write synced to its log", async () => {
    const { made, site, files, objects } = await declared(lab);
    expect(made.restUrl).toBe("http://hbase-rest:8080");
    expect(properties(made.clientFiles["hbase-site.xml"])).toMatchObject({
      "hbase.zookeeper.quorum": "zookeeper:2181",
    });
    expect(site("hbase-regionserver")).toMatchObject({
      "hbase.rootdir": "hdfs://namenode:8020/hbase",
      "hbase.cluster.distributed": "true",
      "hbase.wal.hsync": "true",
      "hbase.unsafe.regionserver.hostname": `\${env.POD_NAME}.hbase-regionservers.lab.svc.cluster.local`,
    });
    expect(site("hbase-master")).toMatchObject({
      "hbase.rootdir": "hdfs://namenode:8020/hbase",
      "hbase.master.hostname": `\${env.POD_NAME}.hbase-masters.lab.svc.cluster.local`,
    });
    for (const workload of ["hbase-master", "hbase-regionserver"]) {
      expect(files(workload)).toMatchObject(lab.hdfs.clientFiles);
    }
    expect(Object.keys(files("hbase-rest"))).toEqual(["hbase-site.xml"]);
    const owners = objects.filter(({ kind }) => kind === "StatefulSet" || kind === "Deployment");
    expect(owners.map(({ metadata, spec }) => `${metadata?.name} ${spec?.replicas}`).sort()).toEqual([
      "hbase-master 1",
      "hbase-regionserver 1",
      "hbase-rest 1",
    ]);
    expect(objects.some(({ kind }) => kind === "PodDisruptionBudget" || kind === "Secret")).toBe(false);
  });

  test("no setting turns the log off or makes it late", async () => {
    for (const args of [lab, prod]) {
      const { objects } = await declared(args);
      const text = JSON.stringify(objects.map(({ data }) => data ?? {}));
      expect(text).not.toMatch(/SKIP_WAL|ASYNC_WAL|wal\.provider|regionserver\.hlog\.enabled/);
    }
  });

  test("prod: two Masters, three RegionServers, each on a node of its own, on the nameservice of two NameNodes", async () => {
    const { site, find, pod } = await declared(prod);
    expect(site("hbase-master")).toMatchObject({
      "hbase.rootdir": "hdfs://lab/hbase",
      "hbase.zookeeper.quorum": zookeepers,
    });
    expect(find("StatefulSet", "hbase-master").spec).toMatchObject({ replicas: 2 });
    expect(find("StatefulSet", "hbase-regionserver").spec).toMatchObject({ replicas: 3 });
    for (const workload of ["hbase-master", "hbase-regionserver", "hbase-rest"]) {
      expect(find("PodDisruptionBudget", workload).spec).toMatchObject({ maxUnavailable: 1 });
      expect(pod(workload).topologySpreadConstraints?.[0]?.whenUnsatisfiable).toBe("DoNotSchedule");
    }
    expect(site("hbase-regionserver")).not.toHaveProperty("hbase.hregion.memstore.flush.size");
  });

  test("servers have names that stay, which they wait for, and that are there before they are ready", async () => {
    const { find, pod } = await declared(lab);
    for (const [workload, names] of [
      ["hbase-master", "hbase-masters"],
      ["hbase-regionserver", "hbase-regionservers"],
    ] as const) {
      expect(find("StatefulSet", workload).spec).toMatchObject({ serviceName: names, podManagementPolicy: "Parallel" });
      expect(find("Service", names).spec).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
      const env = pod(workload).containers[0]?.env ?? [];
      expect(env.find(({ name }) => name === "AWAITED_HOST")?.value).toBe(`$(POD_NAME).${names}`);
    }
    expect(find("Service", "hbase-master").spec).toMatchObject({ ports: [{ port: 16000 }, { port: 16010 }] });
    expect(find("Service", "hbase-rest").spec).toMatchObject({ ports: [{ name: "http", port: 8080 }] });
  });

  test.each([
    ["lab", lab],
    ["prod", prod],
  ])("%s: every JVM fits its container's limit", async (_, args) => {
    const { pod } = await declared(args);
    for (const workload of ["hbase-master", "hbase-regionserver", "hbase-rest"]) {
      const [container] = pod(workload).containers;
      const flags = container?.env?.find(({ name }) => name === "HBASE_JVM_OPTIONS")?.value ?? "";
      const { claimMiB, missing } = jvmClaim(flags);
      expect(missing).toEqual([]);
      expect(claimMiB).toBeLessThanOrEqual(parseMiB(container?.resources?.limits?.memory ?? 0) * 0.9);
    }
  });

  test("every server that a config names may be called, and a REST server calls no HDFS", async () => {
    const { made, files } = await declared(lab);
    const outside = ["namenode", "datanode", "zookeeper"].map((name) => ({
      workload: { name, component: "test" },
      calls: [],
    }));
    networkPolicies([...made.workloads, ...outside]); // throws for an edge to nobody
    for (const { workload, calls } of made.workloads) {
      if (workload.name === "hbase-shell") continue;
      const named = Object.values(files(workload.name)).flatMap(namedHosts);
      const own = (host: string) => host.includes("POD_NAME");
      const open = calls.map(({ host, port }) => `${host}:${port}`);
      expect(named.filter(({ host, port }) => !own(host) && !open.includes(`${host}:${port}`))).toEqual([]);
    }
    expect(made.workloads.find(({ workload }) => workload.name === "hbase-rest")?.calls).toEqual(made.clientCalls);
  });

  test("the shell is a pod that only people start, and that ends by itself", async () => {
    const { find } = await declared(lab);
    const job = find("CronJob", "hbase-shell").spec as unknown as {
      suspend: boolean;
      jobTemplate: { spec: { activeDeadlineSeconds: number; backoffLimit: number } };
    };
    expect(job.suspend).toBe(true);
    expect(job.jobTemplate.spec).toMatchObject({ activeDeadlineSeconds: 14_400, backoffLimit: 0 });
  });

  test.each([
    [
      { regionServer: { ...share(336), replicas: 0 } },
      "replicas of the regionserver must be a whole number from 1, got 0",
    ],
    [{ master: share(128) }, "hbase-master: a memory limit of 128 MiB"],
    [{ regionServer: share(128) }, "hbase-regionserver: a memory limit of 128 MiB"],
    [{ rest: share(96) }, "hbase-rest: a memory limit of 96 MiB"],
  ])("%j is refused in one line, and nothing is declared", async (wrong, problem) => {
    const all = await inventory(() => {
      expect(() => new HBase("hbase", { ...lab, ...wrong })).toThrow(problem);
    });
    expect(all).toEqual([]);
  });

  test("every object is below the component, which options reach through", async () => {
    const below: string[] = [];
    const transformations = [
      ({ type, name }: { type: string; name: string }) => {
        below.push(`${type} ${name}`);
        return undefined;
      },
    ];
    const all = await inventory(() => new HBase("hbase", prod, { transformations }));
    expect(below.sort()).toEqual(all.map(({ type, name }) => `${type} ${name}`).sort());
  });
});

describe("HBaseTables", () => {
  const cars: TableDeclaration = {
    name: "DriverCarInfo",
    families: [{ name: "cf1" }],
    split: { algorithm: "HexStringSplit", regions: 2 },
  };
  const hbase = { zookeeperQuorum: "zookeeper:2181", clientCalls: [zookeeperEndpoint] };
  const objects = async (...tables: TableDeclaration[]) =>
    manifests(await inventory(() => new HBaseTables("hbase-tables", { place, image, hbase, tables })));
  const jobName = (all: Awaited<ReturnType<typeof objects>>) =>
    all.find(({ kind }) => kind === "Job")?.metadata?.name ?? "";

  test("is a job of HBase's image that is told what to declare, and a new one when that changes", async () => {
    const all = await objects(cars);
    const config = all.find(({ kind }) => kind === "ConfigMap")?.data?.["tables.json"] ?? "";
    expect(JSON.parse(config)).toEqual({ zookeeper: "zookeeper:2181", waitSeconds: 600, tables: [cars] });
    expect(all.map(podOwner).find((owner) => owner)?.spec.containers[0]?.args).toEqual(["tables"]);
    expect(jobName(all)).toMatch(/^hbase-tables-/);
    expect(jobName(all)).toBe(jobName(await objects(cars)));
    expect(jobName(all)).not.toBe(jobName(await objects({ ...cars, families: [{ name: "cf1", versions: 3 }] })));
  });

  test.each([
    [[], "no table is declared"],
    [[cars, cars], "table DriverCarInfo is declared twice"],
    [[{ ...cars, name: "a b" }], '"a b" is no name of a table'],
    [[{ ...cars, families: [] }], "table DriverCarInfo needs a column family"],
    [[{ ...cars, families: [{ name: "a:b" }] }], '"a:b" is no name of a column family'],
    [[{ ...cars, families: [{ name: "a" }, { name: "a" }] }], "family a is declared twice"],
    [[{ ...cars, families: [{ name: "a", versions: 0 }] }], "versions must be a whole number from 1, got 0"],
    [[{ ...cars, split: { algorithm: "HexStringSplit", regions: 1 } }], "a split makes 2 to 1000 regions, got 1"],
  ] as const)("%j is refused in one line: %s", async (tables, problem) => {
    const all = await inventory(() => {
      expect(() => new HBaseTables("hbase-tables", { place, image, hbase, tables })).toThrow(problem);
    });
    expect(all).toEqual([]);
  });
});
