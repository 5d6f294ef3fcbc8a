import { expect, test } from "vitest";
import { manifests, podOwner } from "../../components/core/manifest";
import { Redis } from "../../components/redis/redis";
import { dataMiB, redisConf, sentinelConf, shapeProblem } from "../../components/redis/redis-conf";
import { redisSchema } from "../../jobs/core/redis";
import { inventory } from "../../stacks/inventory";

const alone = {
  place: { name: "lab", ref: "lab" },
  image: "redis:0123456789abcdef",
  memoryMiB: 48,
  millicores: 10,
  storageGiB: 1,
};
const watched = {
  ...alone,
  servers: 3,
  memoryMiB: 1024,
  sentinel: { memoryMiB: 32, millicores: 20 },
  keepData: true,
  spread: "required",
} as const;

/** The component and everything it declares, by `kind/name`. */
async function declared(args: ConstructorParameters<typeof Redis>[1]) {
  let made: Redis | undefined;
  const all = await inventory(() => {
    made = new Redis("redis", args);
  });
  const objects = manifests(all);
  const find = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata?.name === name);
  const set = find("StatefulSet", "redis");
  const pod = set && podOwner(set)?.spec;
  if (!made || !set || !pod) throw new Error("no StatefulSet of the name redis");
  const files = objects.find(({ kind }) => kind === "ConfigMap")?.data ?? {};
  return { made, all, objects, find, set, pod, files };
}

const lines = (text: string) => text.trimEnd().split("\n");

test("a write that was answered is on disk, and nothing is forgotten before its time", () => {
  for (const replicated of [false, true]) {
    expect(lines(redisConf(48, replicated))).toEqual(
      expect.arrayContaining([
        "appendonly yes",
        "appendfsync always",
        "save 3600 1 300 100",
        "maxmemory-policy noeviction",
        "dir /var/lib/redis/data",
      ]),
    );
  }
});

test("a master nobody copies takes no writes; a server alone has nobody to copy it", () => {
  const conf = lines(redisConf(1024, true));
  expect(conf).toContain("min-replicas-to-write 1");
  expect(conf).toContain("min-replicas-max-lag 10");
  expect(redisConf(48, false)).not.toContain("replica");
});

test("with any limit there is room for the data and what is lost in it, for replicas that are behind, and for the server", () => {
  for (let memoryMiB = 40; memoryMiB <= 4096; memoryMiB += 8) {
    for (const replicated of [false, true]) {
      const conf = redisConf(memoryMiB, replicated);
      const mib = (setting: RegExp) => Number(setting.exec(conf)?.[1] ?? 0);
      const backlog = mib(/^repl-backlog-size (\d+)mb$/m);
      const perReplica = mib(/^client-output-buffer-limit replica (\d+)mb 0 0$/m);
      const data = dataMiB(memoryMiB, replicated);
      expect(16 + 1.3 * data + backlog + 2 * perReplica, `${memoryMiB} MiB`).toBeLessThanOrEqual(memoryMiB);
      expect(mib(/^maxmemory (\d+)mb$/m)).toBe(data + backlog);
      expect(backlog > 0 && perReplica >= backlog).toBe(replicated); // a smaller buffer would be ignored
      expect(data).toBeGreaterThan(10); // a day of speeding cars
    }
  }
});

test.each([
  [96, false, 60],
  [96, true, 51],
  [2048, false, 1524],
  [2048, true, 1286],
])("of %d MiB (with replicas: %s) %d are for data", (memoryMiB, replicated, data) => {
  expect(dataMiB(memoryMiB, replicated)).toBe(data);
});

test("Sentinels watch names, which pods keep, not addresses", () => {
  expect(lines(sentinelConf())).toEqual(
    expect.arrayContaining(["sentinel resolve-hostnames yes", "sentinel announce-hostnames yes"]),
  );
  for (const conf of [sentinelConf(), redisConf(1024, true)]) {
    const keys = lines(conf).map((line) =>
      line
        .split(" ")
        .slice(0, line.startsWith("sentinel") ? 2 : 1)
        .join(" "),
    );
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("one server: its Service is the address, no Sentinel, nothing spread; its volume goes with the stack", async () => {
  const { made, find, set, pod, files } = await declared(alone);
  expect(made.address).toEqual({ addresses: ["redis:6379"], passwordFile: "/etc/secrets/redis/password" });
  expect(made.clientCalls).toEqual([{ workload: "redis", host: "redis", port: 6379 }]);
  expect(made.calls).toEqual([]);
  expect(find("Service", "redis")).toBeDefined();
  expect(find("Service", "redis-sentinel")).toBeUndefined();
  expect(find("PodDisruptionBudget", "redis")).toBeUndefined();
  expect(pod.containers.map(({ name }) => name)).toEqual(["redis"]);
  expect(Object.keys(files)).toEqual(["redis.conf"]);
  expect(set.spec).toMatchObject({ replicas: 1, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } });
});

test("three servers: Sentinels are the address, each beside a server; volumes stay and are protected", async () => {
  const { made, all, find, set, pod, files } = await declared(watched);
  const hosts = [0, 1, 2].map((ordinal) => `redis-${ordinal}.redis-servers.lab.svc.cluster.local`);
  expect(made.address).toEqual({
    addresses: hosts.map((host) => `${host}:26379`),
    master: "lab",
    passwordFile: "/etc/secrets/redis/password",
  });
  expect(lines(files.servers ?? "")).toEqual(hosts);
  expect(made.calls.map(({ workload, port }) => `${workload}:${port}`)).toEqual(["redis:6379", "redis:26379"]);
  expect(find("Service", "redis-servers")?.spec).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
  expect(find("Service", "redis-sentinel")?.spec).toMatchObject({ publishNotReadyAddresses: true });
  expect(find("Service", "redis")).toBeUndefined(); // it would be a replica as often as not
  expect(find("PodDisruptionBudget", "redis")?.spec).toMatchObject({ maxUnavailable: 1 });
  expect(pod.containers.map(({ name, command }) => [name, command])).toEqual([
    ["redis", undefined],
    ["sentinel", ["/opt/redis/sentinel"]],
  ]);
  expect(pod.topologySpreadConstraints?.[0]?.whenUnsatisfiable).toBe("DoNotSchedule");
  expect(set.spec).toMatchObject({
    replicas: 3,
    podManagementPolicy: "Parallel",
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" },
  });
  expect(all.filter(({ protect }) => protect).map(({ type }) => type.split(":").at(-1))).toEqual([
    "Secret",
    "StatefulSet",
  ]);
});

test("what a client is told is what jobs take", async () => {
  for (const args of [alone, watched])
    expect(redisSchema.safeParse((await declared(args)).made.address).success).toBe(true);
});

test("the password is a secret to the engine, and in no config, argument or environment", async () => {
  const { all } = await declared({ ...watched, password: "known-to-this-test" });
  const secret = all.find(({ type }) => type.endsWith(":Secret"));
  expect(secret?.secretPaths).toEqual(["data"]);
  const others = all.filter((resource) => resource !== secret);
  const shown = JSON.stringify(others);
  expect(shown).not.toContain("known-to-this-test");
  expect(shown).not.toContain(Buffer.from("known-to-this-test").toString("base64"));
});

test.each([
  [1, 48, false, true],
  [3, 48, true, true],
  [2, 48, true, false],
  [3, 48, false, false],
  [1, 48, true, false],
  [1, 16, false, false],
  [1, 32, false, true],
  [3, 32, true, false],
])("%d servers of %d MiB, with a Sentinel's share: %s", (servers, memoryMiB, sentinel, fine) => {
  expect(shapeProblem(servers, memoryMiB, sentinel) === undefined).toBe(fine);
});

test("what cannot work is refused in one line before anything is declared", async () => {
  const all = await inventory(() => {
    expect(() => new Redis("r", { ...alone, servers: 2 })).toThrow(/^Redis "r": servers must be 1 or 3.*got 2$/);
    expect(() => new Redis("r", { ...alone, servers: 3 })).toThrow(/^Redis "r": sentinel is needed/);
  });
  expect(all).toEqual([]);
});

test("transform has the last word", async () => {
  const all = await inventory(
    () =>
      new Redis("redis", {
        ...alone,
        transform: { statefulSet: (args) => ({ ...args, metadata: { name: "renamed" } }) },
      }),
  );
  expect(manifests(all).find(({ kind }) => kind === "StatefulSet")?.metadata?.name).toBe("renamed");
});
