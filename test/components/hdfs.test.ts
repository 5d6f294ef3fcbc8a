import { expect, test } from "vitest";
import { jvmClaim } from "../../components/core/jvm-memory";
import { type Manifest, manifests, podOwner } from "../../components/core/manifest";
import { networkPolicies } from "../../components/core/network";
import { parseMiB } from "../../components/core/quantity";
import { Hdfs, type HdfsArgs } from "../../components/hdfs/hdfs";
import { inventory } from "../../stacks/inventory";
import { namedHosts } from "../policy/rules/network";

const place = { name: "lab", ref: "lab" };
const image = "hdfs:0123456789abcdef";
const stored = { memoryMiB: 256, millicores: 50, storageGiB: 4 };
const lab: HdfsArgs = { place, image, dataNodes: 1, replication: 1, nameNode: stored, dataNode: stored };
const zookeeper = {
  connectString: "zookeeper-0.zookeeper-servers.lab.svc.cluster.local:2181",
  endpoint: { workload: "zookeeper", host: "zookeeper", port: 2181 },
};
const large = { memoryMiB: 4096, millicores: 500, storageGiB: 100 };
const prod: HdfsArgs = {
  place,
  image,
  dataNodes: 3,
  replication: 3,
  journalNodes: 3,
  nameNode: large,
  dataNode: large,
  failover: { zookeeper, journalNode: stored, failoverController: { memoryMiB: 192, millicores: 50 } },
  keepData: true,
  spread: "required",
};

/** The component and everything it declares. */
async function declared(args: HdfsArgs) {
  let made: Hdfs | undefined;
  const all = await inventory(() => {
    made = new Hdfs("hdfs", args);
  });
  if (!made) throw new Error("no Hdfs was made");
  const objects = manifests(all);
  const find = (kind: string, name: string) => {
    const found = objects.find((object) => object.kind === kind && object.metadata?.name === name);
    if (!found) throw new Error(`no ${kind} ${name}`);
    return found;
  };
  const pod = (workload: string) => {
    const owner = podOwner(find("StatefulSet", workload));
    if (!owner) throw new Error(`${workload} makes no pods`);
    return owner.spec;
  };
  const site = (workload: string) => {
    const name = pod(workload).volumes?.find((volume) => volume.name === "config")?.configMap?.name ?? "";
    return properties(find("ConfigMap", name).data?.["hdfs-site.xml"] ?? "");
  };
  return { made, all, objects, find, pod, site };
}

/** `name replicas` of every StatefulSet. */
function servers(objects: readonly Manifest[]): string[] {
  return objects
    .filter(({ kind }) => kind === "StatefulSet")
    .map(({ metadata, spec }) => `${metadata?.name} ${spec?.replicas}`)
    .sort();
}

/** Settings of a rendered file; a key that is said twice is an error. */
function properties(xml: string): Record<string, string> {
  const entries = [...xml.matchAll(/<property><name>([^<]*)<\/name><value>([^<]*)<\/value><\/property>/g)];
  const keys = entries.map(([, key = ""]) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.length).toBeGreaterThan(0);
  return Object.fromEntries(entries.map(([, key, value]) => [key, value]));
}

test("lab: one NameNode behind its Service, which DataNodes reach while it is in safe mode", async () => {
  const { made, find, objects, site } = await declared(lab);
  expect(made.defaultFs).toBe("hdfs://namenode:8020");
  expect(made.webHdfs).toEqual(["http://namenode:9870"]);
  expect(properties(made.clientFiles["core-site.xml"])).toEqual({
    "fs.defaultFS": "hdfs://namenode:8020",
    "hadoop.http.staticuser.user": "lab",
  });
  expect(find("Service", "namenode").spec).toMatchObject({
    publishNotReadyAddresses: true,
    ports: [
      { port: 8020, targetPort: "rpc" },
      { port: 9870, targetPort: "http" },
    ],
  });
  expect(servers(objects)).toEqual(["datanode 1", "namenode 1"]);
  expect(objects.some(({ kind }) => kind === "PodDisruptionBudget" || kind === "Secret")).toBe(false);
  expect(site("namenode")).toMatchObject({
    "dfs.namenode.rpc-bind-host": "0.0.0.0",
    "dfs.namenode.http-bind-host": "0.0.0.0",
    "dfs.namenode.name.dir": "file:///var/lib/hdfs/name",
    "dfs.namenode.datanode.registration.ip-hostname-check": "false",
    "dfs.permissions.enabled": "false",
    "dfs.namenode.safemode.min.datanodes": "1",
  });
  expect(Object.keys(site("namenode")).filter((key) => /^(dfs\.)?ha\.|shared\.edits|nameservices/.test(key))).toEqual(
    [],
  );
});

test("a DataNode has a name that stays, and has on disk what a closed file holds", async () => {
  const { site, pod } = await declared(lab);
  expect(site("datanode")).toMatchObject({
    "dfs.datanode.hostname": `\${env.POD_NAME}.datanodes.lab.svc.cluster.local`,
    "dfs.datanode.use.datanode.hostname": "true",
    "dfs.client.use.datanode.hostname": "true",
    "dfs.datanode.synconclose": "true",
    "dfs.datanode.same-disk-tiering.capacity-ratio.percentage": `[\${env.CAPACITY_RATIO}]file:///var/lib/hdfs/data`,
    "dfs.datanode.data.dir": "file:///var/lib/hdfs/data",
  });
  const env = pod("datanode").containers[0]?.env ?? [];
  expect(env.find(({ name }) => name === "VOLUME_GIB")?.value).toBe("4");
  expect(env.find(({ name }) => name === "POD_NAME")?.valueFrom?.fieldRef?.fieldPath).toBe("metadata.name");
});

test("prod: two NameNodes share an edit log on three JournalNodes, and ZooKeeper says who is active", async () => {
  const { made, site } = await declared(prod);
  const journal = [0, 1, 2].map((n) => `journalnode-${n}.journalnodes.lab.svc.cluster.local:8485`).join(";");
  expect(made.defaultFs).toBe("hdfs://lab");
  expect(made.webHdfs).toEqual([
    "http://namenode-0.namenodes.lab.svc.cluster.local:9870",
    "http://namenode-1.namenodes.lab.svc.cluster.local:9870",
  ]);
  expect(site("namenode")).toMatchObject({
    "dfs.nameservices": "lab",
    "dfs.ha.namenodes.lab": "namenode-0,namenode-1",
    "dfs.ha.namenode.id": `\${env.POD_NAME}`,
    "dfs.namenode.rpc-address.lab.namenode-1": "namenode-1.namenodes.lab.svc.cluster.local:8020",
    "dfs.namenode.http-address.lab.namenode-0": "namenode-0.namenodes.lab.svc.cluster.local:9870",
    "dfs.namenode.shared.edits.dir": `qjournal://${journal}/lab`,
    "dfs.ha.automatic-failover.enabled": "true",
    "dfs.ha.fencing.methods": "shell(true)",
    "ha.zookeeper.quorum": zookeeper.connectString,
    "dfs.replication": "3",
  });
  expect(site("journalnode")).toEqual({
    "dfs.nameservices": "lab",
    "dfs.namenode.shared.edits.dir": `qjournal://${journal}/lab`,
    "dfs.journalnode.edits.dir": "/var/lib/hdfs/journal",
    "dfs.journalnode.enable.sync": "true",
    "dfs.journalnode.enable.sync.format": "true",
  });
});

test("prod: a failover controller beside each NameNode, without the volume", async () => {
  const { pod, find, objects } = await declared(prod);
  const [nameNode, controller, ...others] = pod("namenode").containers;
  expect(others).toEqual([]);
  expect([nameNode?.args, controller?.args]).toEqual([["namenode"], ["zkfc"]]);
  expect(nameNode?.volumeMounts?.map(({ name }) => name)).toEqual(["config", "data", "tmp"]);
  expect(controller?.volumeMounts?.map(({ name }) => name)).toEqual(["config", "tmp"]);
  expect(servers(objects)).toEqual(["datanode 3", "journalnode 3", "namenode 2"]);
  for (const workload of ["namenode", "datanode", "journalnode"]) {
    expect(find("PodDisruptionBudget", workload).spec).toMatchObject({ maxUnavailable: 1 });
    expect(pod(workload).topologySpreadConstraints?.[0]?.whenUnsatisfiable).toBe("DoNotSchedule");
  }
});

test("prod: a client finds the active NameNode by itself, so no Service offers either of them for calls", async () => {
  const { made, find } = await declared(prod);
  expect(find("Service", "namenode").spec).toMatchObject({ ports: [{ port: 9870 }], publishNotReadyAddresses: false });
  const client = properties(made.clientFiles["hdfs-site.xml"]);
  expect(client["dfs.client.failover.proxy.provider.lab"]).toMatch(/\.ConfiguredFailoverProxyProvider$/);
  expect(client).not.toHaveProperty("dfs.namenode.shared.edits.dir");
  expect(client).not.toHaveProperty("ha.zookeeper.quorum");
});

test("a pipeline of three goes on with two, one of one waits for its NameNode and replaces nobody", async () => {
  const client = async (args: HdfsArgs) => properties((await declared(args)).made.clientFiles["hdfs-site.xml"]);
  const prefix = "dfs.client.block.write.replace-datanode-on-failure";
  expect(await client(prod)).toMatchObject({ [`${prefix}.policy`]: "DEFAULT", [`${prefix}.min-replication`]: "2" });
  expect(await client(lab)).toMatchObject({
    [`${prefix}.policy`]: "NEVER",
    "dfs.client.retry.policy.enabled": "true",
    "dfs.replication": "1",
    "dfs.blocksize": String(128 * 1024 ** 2),
  });
  expect((await client({ ...lab, blockSizeMiB: 32 }))["dfs.blocksize"]).toBe(String(32 * 1024 ** 2));
});

test.each([
  ["lab", lab],
  ["prod", prod],
])("%s: every server that a config names may be called, and nobody else is reachable", async (_, args) => {
  const { made, objects, pod } = await declared(args);
  const outside = [{ workload: { name: "zookeeper", component: "coordination" }, calls: [] }];
  const policies = networkPolicies([...made.workloads, ...(args.failover ? outside : [])]);
  expect(made.workloads.map(({ workload }) => workload.name)).toEqual(
    args.failover ? ["namenode", "datanode", "journalnode"] : ["namenode", "datanode"],
  );
  for (const { workload, calls } of made.workloads) {
    const config = pod(workload.name).volumes?.find(({ name }) => name === "config")?.configMap?.name;
    const texts = Object.values(objects.find(({ metadata }) => metadata?.name === config)?.data ?? {});
    const named = texts.flatMap(namedHosts).map(({ host, port }) => `${host.split(/[-.]/)[0]}:${port}`);
    expect(named.length).toBeGreaterThan(0);
    const open = calls.map((call) => `${call.workload}:${call.port}`);
    expect([...new Set(named)].filter((edge) => !open.includes(edge))).toEqual([]);
  }
  const into = policies.find(({ workload }) => workload.name === "datanode")?.spec.ingress;
  expect(JSON.stringify(into)).toContain('"port":9866');
  expect(JSON.stringify(into)).not.toMatch(/zookeeper|journalnode/);
});

test("what a client may call is the NameNodes and every port of the DataNodes", async () => {
  for (const [args, host] of [
    [lab, "namenode"],
    [prod, "namenodes"],
  ] as const) {
    const { made } = await declared(args);
    expect(made.clientCalls.map((call) => `${call.workload} ${call.host}:${call.port}`)).toEqual([
      `namenode ${host}:8020`,
      `namenode ${host}:9870`,
      "datanode datanodes:9866",
      "datanode datanodes:9864",
      "datanode datanodes:9867",
    ]);
  }
});

test("safe mode keeps a NameNode from being ready and from nothing else", async () => {
  const { pod } = await declared(lab);
  const container = pod("namenode").containers[0];
  expect(container?.readinessProbe?.exec?.command).toEqual(["/opt/hadoop/bin/ready", "namenode"]);
  for (const probe of [container?.livenessProbe, container?.startupProbe]) {
    expect(probe?.httpGet).toEqual({ path: "/jmx?get=java.lang:type=Runtime::Uptime", port: "http" });
  }
  const { periodSeconds = 0, failureThreshold = 0 } = container?.startupProbe ?? {};
  expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(1800);
});

test.each([
  ["lab", lab],
  ["prod", prod],
])("%s: every JVM fits its container's limit", async (_, args) => {
  const { objects } = await declared(args);
  const containers = objects.flatMap((object) => podOwner(object)?.spec.containers ?? []);
  expect(containers.length).toBeGreaterThan(1);
  for (const { env = [], resources } of containers) {
    const { claimMiB, missing } = jvmClaim(env.find(({ name }) => name === "HADOOP_JVM_OPTIONS")?.value ?? "");
    expect(missing).toEqual([]);
    expect(claimMiB).toBeLessThanOrEqual(parseMiB(resources?.limits?.memory ?? 0) * 0.9);
  }
});

test("volumes go with a lab; in prod they stay and the stack refuses to let them go", async () => {
  const fates = async (args: HdfsArgs) => {
    const { all } = await declared(args);
    return all
      .filter(({ type }) => type.endsWith(":StatefulSet"))
      .map(({ inputs, protect }) => {
        const spec = inputs.spec as { persistentVolumeClaimRetentionPolicy: { whenDeleted: string } };
        return `${spec.persistentVolumeClaimRetentionPolicy.whenDeleted} ${protect}`;
      });
  };
  expect(await fates(lab)).toEqual(["Delete false", "Delete false"]);
  expect(await fates(prod)).toEqual(["Retain true", "Retain true", "Retain true"]);
});

test.each([
  [{ dataNodes: 0 }, "dataNodes must be a whole number from 1, got 0"],
  [{ replication: 0 }, "replication must be a whole number from 1, got 0"],
  [{ replication: 3 }, "replication must be at most dataNodes (1), got 3"],
  [{ journalNodes: 2 }, "journalNodes must be 0, or odd and at least 3"],
  [{ journalNodes: 1 }, "journalNodes must be 0, or odd and at least 3"],
  [{ journalNodes: 3 }, "two NameNodes need failover"],
  [{ failover: prod.failover }, "failover is for two NameNodes, which need journalNodes (3), got 0"],
  [{ nameNode: { ...stored, memoryMiB: 128 } }, "namenode: a memory limit of 128 MiB"],
  [{ dataNode: { ...stored, memoryMiB: 128 } }, "datanode: a memory limit of 128 MiB"],
])("%j is refused in one line, and nothing is declared", async (wrong, problem) => {
  const all = await inventory(() => {
    expect(() => new Hdfs("hdfs", { ...lab, ...wrong })).toThrow(problem);
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
  const all = await inventory(() => new Hdfs("hdfs", prod, { transformations }));
  expect(below.sort()).toEqual(all.map(({ type, name }) => `${type} ${name}`).sort());
});

test("transform has the last word on each kind of server", async () => {
  const renamed = (name: string) => (args: object) => ({ ...args, metadata: { name } });
  const transform = { nameNode: renamed("a"), dataNode: renamed("b"), journalNode: renamed("c") };
  const all = manifests(await inventory(() => new Hdfs("hdfs", { ...prod, transform })));
  expect(servers(all).map((line) => line[0])).toEqual(["a", "b", "c"]);
});
