import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Kube } from "../../cli/kube";
import { query } from "../../cli/rows";
import { type Checkout, checkoutCopy } from "./support/checkout";
import { eventually, labEnv, labOk, NAMESPACE, podsOf } from "./support/lab";
import { stackUp } from "./support/stack-up";

const WORKLOADS = ["kafka", "mysql", "phpmyadmin", "generate", "enrich", "aggregate"];
let checkout: Checkout;

beforeAll(async () => {
  await stackUp();
  checkout = checkoutCopy();
});
afterAll(async () => {
  checkout.remove();
  await labOk(["up"]); // back to what this checkout says
});

/** The pods of each workload, by identity. */
async function identities(): Promise<Map<string, string>> {
  const pods = await Promise.all(
    WORKLOADS.map(
      async (name) =>
        [
          name,
          (await podsOf(name))
            .map((p) => p.metadata.uid)
            .sort()
            .join(),
        ] as const,
    ),
  );
  return new Map(pods);
}

function changed(before: Map<string, string>, after: Map<string, string>): string[] {
  return WORKLOADS.filter((name) => before.get(name) !== after.get(name));
}

async function up(): Promise<void> {
  const { code, stdout, stderr } = await checkout.lab("up");
  expect(code, `${stdout}\n${stderr}`).toBe(0);
}

test("one changed line in a job rolls out that job and nothing else", async () => {
  const before = await identities();
  appendFileSync(join(checkout.path, "jobs", "enrich", "main.ts"), "\n// a line more\n");
  await up();
  const after = await eventually("old pods are gone", 90, async () => {
    const now = await identities();
    return now.get("enrich")?.includes(",") ? undefined : now;
  });
  expect(changed(before, after)).toEqual(["enrich"]);
});

test("a window changed by config rolls out aggregate alone, and later windows have the new length", async () => {
  const before = await identities();
  const file = join(checkout.path, "stacks", "Pulumi.lab.yaml");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, `${text.trimEnd()}\n  bigdata-lab:kappa: { windowSeconds: 20 }\n`);
  try {
    await up();
    expect(changed(before, await identities())).toEqual(["aggregate"]);
    const env = await labEnv();
    const kube = new Kube(env.PATH ?? "", env.KUBECONFIG ?? "", NAMESPACE);
    await eventually("a window of 20 s", 120, async () => {
      const rows = await query(
        kube,
        "SELECT COUNT(*) AS n FROM events_users_v1 WHERE TIMESTAMPDIFF(SECOND, start, end) = 20 AND end > NOW() - INTERVAL 60 SECOND",
      );
      return Number(rows[0]?.n) > 0;
    });
  } finally {
    writeFileSync(file, text);
    await up();
  }
  expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
});
