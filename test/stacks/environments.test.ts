import { expect, test } from "vitest";
import { planTotal } from "../../components/core/capacity";
import { type Manifest, manifests } from "../../components/core/manifest";
import { planStack, stackConfig, stackInventory } from "../../stacks/plan";
import { PIPELINE_NAMES } from "../../stacks/settings";
import { SIZES } from "../../stacks/sizes";

const object = (all: Manifest[], kind: string, name: string) =>
  all.find((manifest) => manifest.kind === kind && manifest.metadata?.name === name);

test("prod keeps its data: three brokers, three copies, two acknowledged, volumes retained and protected", async () => {
  const declared = await stackInventory("prod");
  const all = manifests(declared);
  const kafka = object(all, "StatefulSet", "kafka");
  expect(kafka?.spec).toMatchObject({
    replicas: 3,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    template: {
      spec: {
        topologySpreadConstraints: [{ topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" }],
      },
    },
  });
  expect(object(all, "StatefulSet", "mysql")?.spec).toMatchObject({
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" },
  });
  expect(object(all, "PodDisruptionBudget", "kafka")?.spec).toMatchObject({
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: "AlwaysAllow",
  });
  const properties = all.find(({ data }) => data?.["server.properties"])?.data?.["server.properties"]?.split("\n");
  expect(properties).toEqual(
    expect.arrayContaining([
      "default.replication.factor=3",
      "min.insync.replicas=2",
      "offsets.topic.replication.factor=3",
      "transaction.state.log.replication.factor=3",
      "transaction.state.log.min.isr=2",
    ]),
  );
  const protectedNames = declared
    .filter(({ protect }) => protect)
    .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
  expect(protectedNames.sort()).toEqual([
    "Namespace namespace",
    "Secret mysql-recover",
    "Secret mysql-root",
    "Secret mysql-scott",
    "StatefulSet kafka",
    "StatefulSet mysql",
  ]);
});

test("the lab goes without a trace: nothing protected, volumes deleted with their owner", async () => {
  const declared = await stackInventory("lab");
  expect(declared.filter(({ protect }) => protect)).toEqual([]);
  for (const name of ["kafka", "mysql"]) {
    expect(object(manifests(declared), "StatefulSet", name)?.spec).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
    });
  }
});

test("the lab's kappa pipeline fits beside the others: 1.9 GiB of limits and a fifth of two cores", async () => {
  const total = planTotal(await planStack("lab"));
  expect(total.memoryMiB + total.transientMemoryMiB).toBeLessThanOrEqual(1.9 * 1024);
  expect(total.millicores).toBeLessThanOrEqual(400);
  expect(total.memoryMiB).toBeGreaterThan(1024); // an empty plan would fit too
});

test("the lab's pipelines fit together: Druid in 1.75 GiB of limits, all three in 6 GiB", async () => {
  const rows = await planStack("all");
  const druid = rows.filter(({ workload }) => workload.startsWith("druid-"));
  expect(druid).toHaveLength(5);
  expect(druid.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0)).toBeLessThanOrEqual(1.75 * 1024);
  expect(JSON.parse(stackConfig("all")["bigdata-lab:pipelines"] ?? "")).toEqual(PIPELINE_NAMES);
  expect(planTotal(rows).memoryMiB).toBeLessThanOrEqual(6 * 1024);
});

test("a plan has a row for each workload, all instances together", async () => {
  const rows = await planStack("prod");
  expect(rows.find(({ workload }) => workload === "kafka")).toEqual({
    workload: "kafka",
    kind: "StatefulSet",
    replicas: 3,
    transient: false,
    millicores: 3 * SIZES.prod.kafka.millicores,
    memoryMiB: 3 * SIZES.prod.kafka.memoryMiB,
    storageGiB: 3 * SIZES.prod.kafka.storageGiB,
  });
  expect(new Set(rows.map(({ workload }) => workload)).size).toBe(rows.length);
});

test("passwords are secrets to Pulumi, and nowhere in plain text", async () => {
  const declared = await stackInventory("lab");
  const secrets = declared.filter(({ type }) => type === "kubernetes:core/v1:Secret");
  expect(secrets.map(({ name }) => name).sort()).toEqual(["mysql-recover", "mysql-root", "mysql-scott", "phpmyadmin"]);
  for (const { inputs, secretPaths } of secrets) {
    const [value] = Object.values(inputs.data as Record<string, string>);
    expect(secretPaths).toEqual(["data"]);
    const plain = Buffer.from(value ?? "", "base64").toString();
    expect(plain.length).toBeGreaterThan(3);
    const others = JSON.stringify(declared.filter(({ type }) => type !== "kubernetes:core/v1:Secret"));
    expect(others).not.toContain(plain);
    expect(others).not.toContain(value);
  }
  expect(secrets.find(({ name }) => name === "mysql-scott")?.inputs.data).toEqual({
    scott: Buffer.from("tiger").toString("base64"),
  });
});

test("a random password is a new one in each stack, and at least 128 bits", async () => {
  const root = async (stack: string) => {
    const secret = (await stackInventory(stack)).find(
      ({ name, type }) => name === "mysql-root" && type.endsWith(":Secret"),
    );
    return (secret?.inputs.data as Record<string, string> | undefined)?.root;
  };
  const [one, other] = [await root("lab"), await root("prod")];
  expect(one).not.toBe(other);
  expect(Buffer.from(one ?? "", "base64").length).toBeGreaterThanOrEqual(22);
});
