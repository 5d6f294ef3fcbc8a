import { describe, expect, test } from "vitest";
import { jvmClaim, jvmOptions } from "../../components/core/jvm-memory";
import { type Manifest, manifests, podOwner } from "../../components/core/manifest";
import { type Endpoint, networkPolicies } from "../../components/core/network";
import { Druid, type DruidArgs } from "../../components/druid/druid";
import { directMiB, type RoleShare, roleMemory } from "../../components/druid/memory";
import { ROLE_FACTS, ROLES, type Role } from "../../components/druid/roles";
import { log4j2Xml, runtimeProperties } from "../../components/druid/runtime-properties";
import { inventory } from "../../stacks/inventory";
import { SIZES } from "../../stacks/sizes";

const endpoint = (workload: string, port: number): Endpoint => ({ workload, host: workload, port });
const zookeeper = endpoint("zookeeper", 2181);
const nameNode = endpoint("namenode", 8020);
const mysql = endpoint("mysql", 3306);
const kafka = endpoint("kafka", 9093);
const args: DruidArgs = {
  place: { name: "lab", ref: "lab" },
  image: "druid:0123456789abcdef",
  roles: SIZES.lab.druid,
  zookeeper: { connectString: "zookeeper:2181", endpoint: zookeeper },
  hdfs: { clientFiles: { "core-site.xml": "<core/>", "hdfs-site.xml": "<hdfs/>" }, calls: [nameNode] },
  mysql: { endpoint: mysql, password: { secret: "mysql-druid", file: "druid" } },
  kafka,
};

async function declared(change: Partial<DruidArgs> = {}): Promise<Manifest[]> {
  return manifests(await inventory(() => new Druid("druid", { ...args, ...change })));
}

function properties(role: Role, share: RoleShare & { storageGiB?: number } = SIZES.lab.druid[role]) {
  const memory = roleMemory(role, share);
  const metadata = { host: "mysql", port: 3306, database: "druid", user: "druid", passwordFile: "druid" };
  const text = runtimeProperties(role, { zookeeper: "zookeeper:2181", metadata, share, memory });
  const lines = text.trimEnd().split("\n");
  const entries = lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
  return new Map(entries);
}

describe("memory", () => {
  const cases = Object.entries(SIZES).flatMap(([size, { druid }]) =>
    ROLES.map((role) => [size, role, druid[role]] as const),
  );

  test.each(cases)("%s: the %s fits into its limit, with room for the buffers that it allocates", (_, role, share) => {
    const { jvm, processing } = roleMemory(role, share);
    const sum = Object.values(jvm).reduce((total: number, part: number) => total + part, 0);
    expect(sum).toBeLessThanOrEqual(share.memoryMiB);
    expect(jvm.directMiB).toBeGreaterThan(processing ? directMiB(processing) : 0);
    const { claimMiB, missing } = jvmClaim(jvmOptions(jvm, share.memoryMiB));
    expect(missing).toEqual([]);
    expect(claimMiB).toBeLessThanOrEqual(share.memoryMiB * 0.9);
  });

  test("the lab's Druid stays within 1.75 GiB", () => {
    const all = ROLES.map((role) => SIZES.lab.druid[role].memoryMiB * (SIZES.lab.druid[role].replicas ?? 1));
    expect(all.reduce((total, one) => total + one, 0)).toBeLessThanOrEqual(1792);
  });

  test("direct memory is a buffer for each thread and each merge, and one to decompress", () => {
    expect(directMiB({ bufferMiB: 5, threads: 1, mergeBuffers: 2 })).toBe(20);
  });

  test.each<[string, Role, RoleShare, string]>([
    [
      "buffers that leave no heap",
      "historical",
      { memoryMiB: 288, millicores: 50, processing: { bufferMiB: 64 } },
      "druid-historical: a memory limit of 288 MiB leaves its JVM a heap of 0 MiB",
    ],
    [
      "too many tasks for SQL-based ingestion",
      "indexer",
      { memoryMiB: 656, millicores: 100, taskSlots: 12 },
      "gives each of 12 taskSlots",
    ],
    [
      "half a thread",
      "broker",
      { memoryMiB: 320, millicores: 50, processing: { threads: 0.5 } },
      "druid-broker: threads must be a whole number from 1, got 0.5",
    ],
    [
      "no tasks",
      "indexer",
      { memoryMiB: 656, millicores: 50, taskSlots: 0 },
      "taskSlots must be a whole number from 1",
    ],
  ])("refused before anything is declared: %s", async (_, role, share, message) => {
    expect(() => roleMemory(role, share)).toThrow(message);
    const roles = { ...args.roles, [role]: share };
    const found = await inventory(() => {
      expect(() => new Druid("druid", { ...args, roles })).toThrow(message);
    });
    expect(found).toEqual([]);
  });

  test("what the message says would do, does", () => {
    const share = { memoryMiB: 656, millicores: 100, taskSlots: 8 };
    const more = (): number => {
      try {
        roleMemory("indexer", share);
        return 0;
      } catch (error) {
        return Number(/give it (\d+) MiB more/.exec(String(error))?.[1]);
      }
    };
    const missing = more();
    expect(missing).toBeGreaterThan(0);
    // A tenth of what is added goes to what is not heap.
    expect(() => roleMemory("indexer", { ...share, memoryMiB: 656 + Math.ceil(missing / 0.85) })).not.toThrow();
  });
});

describe("properties", () => {
  test("only the Coordinator knows the metadata store, and the password is read from its file", () => {
    expect(properties("coordinator").get("druid.metadata.storage.connector.password")).toBe(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Druid's own syntax
      "${file:UTF-8:/etc/secrets/mysql/druid}",
    );
    for (const role of ROLES.filter((one) => one !== "coordinator")) {
      expect([...properties(role).keys()].filter((key) => key.includes("metadata.storage"))).toEqual([]);
    }
  });

  test.each(ROLES)("the %s listens on its port and loads its extensions", (role) => {
    const found = properties(role);
    expect(found.get("druid.plaintextPort")).toBe(String(ROLE_FACTS[role].port));
    expect(JSON.parse(found.get("druid.extensions.loadList") ?? "")).toEqual(ROLE_FACTS[role].extensions);
    expect(found.get("druid.service")).toBe(`druid/${role}`);
    expect(found.has("druid.storage.storageDirectory")).toBe(ROLE_FACTS[role].servers.includes("hdfs"));
  });

  test("buffers are what the memory was fitted for", () => {
    const found = properties("historical", SIZES.prod.druid.historical);
    const { processing } = roleMemory("historical", SIZES.prod.druid.historical);
    expect(Number(found.get("druid.processing.buffer.sizeBytes")) / 1024 ** 2).toBe(processing?.bufferMiB);
    expect(found.get("druid.processing.numThreads")).toBe("2");
  });

  test("segments fill less than their volume", () => {
    const found = properties("historical", { memoryMiB: 288, millicores: 50, storageGiB: 10 });
    expect(Number(found.get("druid.server.maxSize"))).toBe(9 * 1024 ** 3);
    expect(found.get("druid.segmentCache.locations")).toContain(found.get("druid.server.maxSize"));
  });

  test("logs go to standard output and nowhere else", () => {
    expect(log4j2Xml()).toContain('target="SYSTEM_OUT"');
    expect(log4j2Xml()).not.toMatch(/File/);
  });
});

describe("objects", () => {
  test("each role is one workload with a Service of its name", async () => {
    const all = await declared();
    const of = (kind: string) => all.filter((one) => one.kind === kind).map(({ metadata }) => metadata?.name);
    expect(of("Service").sort()).toEqual(ROLES.map((role) => `druid-${role}`).sort());
    expect(of("StatefulSet").sort()).toEqual(["druid-historical", "druid-indexer"]);
    expect(of("Deployment").sort()).toEqual(["druid-broker", "druid-coordinator", "druid-router"]);
    expect(of("PodDisruptionBudget")).toEqual([]);
  });

  test("prod runs several of each, which a node's drain cannot stop", async () => {
    const all = await declared({ roles: SIZES.prod.druid, spread: "required" });
    const owners = all.flatMap((manifest) => podOwner(manifest) ?? []);
    expect(owners.map(({ replicas }) => replicas).every((replicas) => replicas >= 2)).toBe(true);
    expect(all.filter(({ kind }) => kind === "PodDisruptionBudget")).toHaveLength(ROLES.length);
    for (const { spec } of owners) expect(spec.topologySpreadConstraints).toHaveLength(1);
  });

  test("pods with work of their own have names that last, the others their address", async () => {
    const env = async (kind: string, name: string) => {
      const manifest = (await declared()).find((one) => one.kind === kind && one.metadata?.name === name);
      return manifest && podOwner(manifest)?.spec.containers[0]?.env;
    };
    expect(await env("StatefulSet", "druid-indexer")).toContainEqual({
      name: "DRUID_HOST",
      value: "$(POD_NAME).druid-indexer.lab.svc.cluster.local",
    });
    expect(await env("Deployment", "druid-router")).toContainEqual({
      name: "DRUID_HOST",
      valueFrom: { fieldRef: { fieldPath: "status.podIP" } },
    });
  });

  test("no object holds the password, and only the Coordinator's pod mounts it", async () => {
    const mounting = (await declared()).flatMap((manifest) => {
      const owner = podOwner(manifest);
      return JSON.stringify(owner?.spec.volumes ?? []).includes("mysql-druid") ? [manifest.metadata?.name] : [];
    });
    expect(mounting).toEqual(["druid-coordinator"]);
  });

  test("HDFS's files are in the configuration of the roles that use it", async () => {
    const having = (await declared())
      .filter(({ kind, data }) => kind === "ConfigMap" && data?.["hdfs-site.xml"] === "<hdfs/>")
      .map(({ metadata }) => metadata?.labels?.["app.kubernetes.io/name"]);
    expect(having.sort()).toEqual(["druid-broker", "druid-coordinator", "druid-historical", "druid-indexer"]);
  });
});

test("each role calls what it needs and nothing else", async () => {
  let druid: Druid | undefined;
  await inventory(() => {
    druid = new Druid("druid", args);
  });
  const edges = (druid?.workloads ?? []).map(({ workload, calls }) => [
    workload.name,
    calls.map(({ host, port }) => `${host}:${port}`).sort(),
  ]);
  expect(Object.fromEntries(edges)).toEqual({
    "druid-coordinator": [
      "druid-coordinator:8081",
      "druid-historical:8083",
      "druid-indexer:8091",
      "kafka:9093",
      "mysql:3306",
      "namenode:8020",
      "zookeeper:2181",
    ],
    "druid-broker": [
      "druid-coordinator:8081",
      "druid-historical:8083",
      "druid-indexer:8091",
      "namenode:8020",
      "zookeeper:2181",
    ],
    "druid-historical": ["druid-coordinator:8081", "namenode:8020", "zookeeper:2181"],
    "druid-indexer": [
      "druid-broker:8082",
      "druid-coordinator:8081",
      "druid-indexer:8091",
      "kafka:9093",
      "namenode:8020",
      "zookeeper:2181",
    ],
    "druid-router": ["druid-broker:8082", "druid-coordinator:8081", "zookeeper:2181"],
  });
  const servers = [zookeeper, nameNode, mysql, kafka].map(({ workload }) => ({
    workload: { name: workload, component: "server" },
    calls: [],
  }));
  expect(networkPolicies([...(druid?.workloads ?? []), ...servers])).toHaveLength(ROLES.length + servers.length);
});
