import { afterAll, beforeAll, expect, test } from "vitest";
import { manifests } from "../../components/core/manifest";
import { Network } from "../../components/core/network";
import { Namespace } from "../../components/namespace";
import { Redis } from "../../components/redis/redis";
import { inventory } from "../../stacks/inventory";
import { imagesOfNamespace } from "./support/images";
import { eventually, inNamespace, kubectlRun, SMARTCAR } from "./support/lab";
import { stackUp } from "./support/stack-up";

// Three servers and three Sentinels as prod has them, in a namespace of their own, beside the lab. The writer runs beside a
// replica and does what the topology does: a member counts as added when the master and one replica have it.

const NAME = "bigdata-lab-sentinel";
const SET = "20260101";
const objects = inNamespace(NAME);
const host = (ordinal: number) => `redis-${ordinal}.redis-servers.${NAME}.svc.cluster.local`;

/** Adds members until the time is over, each until it is there, and prints them. */
const WRITER = `
end=$(($(date +%s) + $1)); i=0
while [ $(date +%s) -lt $end ]; do
  master=$(named-master any) || continue
  answer=$(printf 'SADD ${SET} %s\\nWAIT 1 2000\\n' "$2-$i" | tell "$master" 6379 | tr '\\n' ' ')
  case $answer in "1 "[12]*|"0 "[12]*) echo "$2-$i"; i=$((i + 1)) ;; *) sleep 0.2 ;; esac
done`;

beforeAll(async () => {
  await stackUp("smartcar");
  const image = (await imagesOfNamespace(SMARTCAR)).find((name) => name.includes("/redis:"));
  if (image === undefined) throw new Error("stack smartcar runs no image of the name redis");
  const declared = await inventory(() => {
    const place = new Namespace("namespace", { name: NAME });
    const redis = new Redis("redis", {
      place: { name: NAME, ref: NAME },
      image,
      servers: 3,
      memoryMiB: 48,
      millicores: 10,
      sentinel: { memoryMiB: 32, millicores: 10 },
      storageGiB: 1,
    });
    new Network("network", { namespace: place.ref, workloads: [redis] });
  });
  const items = manifests(declared);
  const [namespace] = items.filter(({ kind }) => kind === "Namespace");
  await kubectlRun(["apply", "--filename=-"], JSON.stringify(namespace));
  const others = items.filter((item) => item !== namespace);
  await kubectlRun(
    ["--namespace", NAME, "apply", "--filename=-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: others }),
  );
  await objects.rolledOut("statefulset", "redis", 300);
});

afterAll(async () => {
  await kubectlRun(["delete", "namespace", NAME, "--ignore-not-found", "--wait=true", "--timeout=180s"]);
});

/** Runs a shell script beside a server. */
async function beside(ordinal: number, script: string, ...args: string[]): Promise<string> {
  const { stdout } = await objects.kubectlRun(
    ["exec", "-i", `redis-${ordinal}`, "--container=sentinel", "--", "sh", "-s", ...args],
    script,
  );
  return stdout.trim();
}

/** Ordinal of the server that most Sentinels name, asked beside another one. */
async function master(witness: number): Promise<number> {
  return Number(/^redis-(\d)\./.exec(await beside(witness, "named-master"))?.[1] ?? Number.NaN);
}

async function members(ordinal: number, of: number): Promise<Set<string>> {
  return new Set((await beside(ordinal, `echo 'SMEMBERS ${SET}' | tell ${host(of)} 6379`)).split(/\s+/));
}

test("without the password nobody gets in, neither to servers nor to Sentinels", async () => {
  for (const port of [6379, 26379]) {
    expect(await beside(1, `echo PING | redis-cli -h ${host(0)} -p ${port}`)).toMatch(/^NOAUTH/);
  }
});

test("when the master is gone, a replica that has all that was answered takes over; it comes back as a replica", async () => {
  const [gone, witness] = [0, 1];
  await eventually("the first server is the master of new data", 60, async () => (await master(witness)) === gone);
  const writing = beside(witness, WRITER, "60", "a");
  await new Promise((resolve) => setTimeout(resolve, 8_000));

  const since = Date.now();
  const others = { spec: { replicas: 2, ordinals: { start: 1 } } }; // or it would be back before anybody misses it
  await objects.kubectl("patch", "statefulset", "redis", "--patch", JSON.stringify(others));
  await objects.kubectl("delete", "pod", `redis-${gone}`, "--force", "--grace-period=0");
  const named = await eventually("another master", 60, async () => {
    const found = await master(witness);
    return Number.isNaN(found) || found === gone ? false : { found };
  });
  process.stdout.write(`another master after ${((Date.now() - since) / 1000).toFixed(1)} s\n`);

  const whole = { spec: { replicas: 3, ordinals: { start: 0 } } };
  await objects.kubectl("patch", "statefulset", "redis", "--patch", JSON.stringify(whole));
  await objects.rolledOut("statefulset", "redis", 180);
  await eventually("it is a replica", 60, async () => {
    const info = await beside(witness, `echo 'INFO replication' | tell ${host(gone)} 6379`);
    return info.includes("role:slave") && info.includes("master_link_status:up");
  });

  const added = (await writing).split(/\s+/);
  expect(added.length).toBeGreaterThan(20);
  const kept = await members(witness, named.found);
  expect(added.filter((member) => !kept.has(member))).toEqual([]);
  expect(await members(witness, gone)).toEqual(kept);
});

test("when all are killed at once they agree on the master again, and nothing is lost", async () => {
  const named = await master(1);
  const kept = await members(1, named);
  expect(kept.size).toBeGreaterThan(20);
  expect(await objects.sigkill("redis", "redis")).toBe(3);
  expect(await objects.sigkill("redis", "sentinel")).toBe(3);
  await objects.rolledOut("statefulset", "redis", 300);
  await eventually("most Sentinels name one master with all data", 120, async () => {
    const found = await master(1);
    return !Number.isNaN(found) && (await members(1, found)).size === kept.size;
  });
});
