import { expect, test } from "vitest";
import { manifests, podOwner } from "../../components/core/manifest";
import { Kafka } from "../../components/kafka/kafka";
import { MySql } from "../../components/mysql/mysql";
import { Namespace } from "../../components/namespace";
import { OneShotJob } from "../../components/one-shot-job";
import { PhpMyAdmin } from "../../components/phpmyadmin/phpmyadmin";
import { StreamJob } from "../../components/stream-job";
import { inventory } from "../../stacks/inventory";

const place = { name: "lab", ref: "lab" };
const image = "image:0123456789abcdef";
const share = { memoryMiB: 448, millicores: 50 };
const kafka = { place, image, ...share, storageGiB: 1, brokers: 1, replicationFactor: 1, minInSyncReplicas: 1 };
const mysql = { place, image, ...share, storageGiB: 1 };
const endpoint = { workload: "mysql", host: "mysql", port: 3306 };
const job = { place, image, ...share, config: { a: 1 }, calls: [endpoint] };

async function only(kind: string, program: () => unknown) {
  const found = manifests(await inventory(program)).filter((manifest) => manifest.kind === kind);
  expect(found).toHaveLength(1);
  return found[0];
}

test("a component that is refused registers nothing", async () => {
  const refused = (program: () => unknown) =>
    inventory(() => {
      expect(program).toThrow();
    });
  expect(await refused(() => new Kafka("k", { ...kafka, brokers: 2 }))).toEqual([]);
  expect(await refused(() => new Kafka("k", { ...kafka, memoryMiB: 100 }))).toEqual([]);
  expect(await refused(() => new MySql("m", { ...mysql, memoryMiB: 100 }))).toEqual([]);
  expect(await refused(() => new StreamJob("j", { ...job, alone: true, replicas: 2 }))).toEqual([]);
});

test("every object is below its component, which options reach through", async () => {
  const below: string[] = [];
  const opts = {
    transformations: [
      ({ type, name }: { type: string; name: string }) => {
        below.push(`${type} ${name}`);
        return undefined;
      },
    ],
  };
  const all = await inventory(() => [
    new Namespace("ns", { name: "lab" }, opts),
    new Kafka("kafka", kafka, opts),
    new MySql("mysql", mysql, opts),
    new PhpMyAdmin("phpmyadmin", { place, image, mysql: endpoint, ...share }, opts),
    new StreamJob("enrich", job, opts),
    new OneShotJob("topics", job, opts),
  ]);
  expect(below.sort()).toEqual(all.map(({ type, name }) => `${type} ${name}`).sort());
  expect(all.length).toBeGreaterThan(20);
});

test("a changed config is a new ConfigMap, so pods roll; an equal one is the same", async () => {
  const named = (config: object) => only("ConfigMap", () => new StreamJob("enrich", { ...job, config }));
  const [one, same, other] = [await named({ a: 1 }), await named({ a: 1 }), await named({ a: 2 })];
  expect(one?.metadata?.name).toMatch(/^enrich-[0-9a-f]{10}$/);
  expect(same?.metadata?.name).toBe(one?.metadata?.name);
  expect(other?.metadata?.name).not.toBe(one?.metadata?.name);
});

test("a one-shot job is a new Job for each config", async () => {
  const named = async (config: object) =>
    (await only("Job", () => new OneShotJob("topics", { ...job, config })))?.metadata?.name;
  expect(await named({ a: 1 })).not.toBe(await named({ a: 2 }));
});

test("a job that runs alone is never doubled by a rollout, others never surge", async () => {
  const strategy = async (alone: boolean) =>
    (await only("Deployment", () => new StreamJob("j", { ...job, alone })))?.spec?.strategy;
  expect(await strategy(true)).toEqual({ type: "Recreate" });
  expect(await strategy(false)).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
});

test("a job is told apart from its config: a file in, secrets as files, 45 s to stop", async () => {
  const secrets = { group: "mysql", files: [MySql.scott] };
  const deployment = await only("Deployment", () => new StreamJob("aggregate", { ...job, secrets }));
  const pod = deployment && podOwner(deployment)?.spec;
  expect(pod?.terminationGracePeriodSeconds).toBe(45);
  expect(pod?.containers[0]?.volumeMounts).toEqual([
    { name: "config", mountPath: "/etc/job", readOnly: true },
    { name: "tmp", mountPath: "/tmp" },
    { name: "secrets-mysql", mountPath: "/etc/secrets/mysql", readOnly: true },
  ]);
  expect(pod?.volumes?.find(({ name }) => name === "secrets-mysql")?.projected?.sources).toEqual([
    { secret: { name: "mysql-scott", items: [{ key: "scott", path: "scott" }] } },
  ]);
});

test("a job that serves has a Service of its name, and lets people in; others have neither", async () => {
  const service = await only("Service", () => new StreamJob("over-speed", { ...job, serves: true }));
  expect(service?.metadata?.name).toBe("over-speed");
  expect(service?.spec).toMatchObject({
    selector: { "app.kubernetes.io/name": "over-speed" },
    ports: [{ port: 8080, targetPort: "http" }],
  });
  let open: readonly (readonly number[] | undefined)[] = [];
  const both = await inventory(() => {
    open = [new StreamJob("over-speed", { ...job, serves: true }), new StreamJob("enrich", job)].map(
      ({ openPorts }) => openPorts,
    );
  });
  expect(open).toEqual([[8080], undefined]);
  expect(manifests(both).filter(({ kind }) => kind === "Service")).toHaveLength(1);
});

test("transform has the last word", async () => {
  const transform = { statefulSet: (args: object) => ({ ...args, metadata: { name: "renamed" } }) };
  expect((await only("StatefulSet", () => new Kafka("kafka", { ...kafka, transform })))?.metadata?.name).toBe(
    "renamed",
  );
});
