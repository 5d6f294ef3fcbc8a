import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";
import { temporaryDirectory } from "../support/temporary";
import { eventually, kubectl, kubeGet, lab, labEnv, labOk } from "./support/lab";
import { bringUp } from "./support/stack-up";

/** Each process of the lab by its start, so that a restarted one is seen as another. */
async function processes(): Promise<string[]> {
  const { stdout } = await run("ps", ["-eo", "pid,lstart,comm"]);
  const names = /kube|etcd|containerd$|coredns|buildkitd|hyperkube|local-path|supervisor/;
  return stdout
    .split("\n")
    .filter((line) => names.test(line) && !/shim|kubectl/.test(line))
    .sort();
}

describe("lab up", () => {
  test("ends with endpoints, how to get the credentials, and rows of a window that has just closed", async () => {
    const stdout = await bringUp("lab");
    expect(stdout).toMatch(/^kafka .*kafka:9093/m);
    expect(stdout).toMatch(/^phpmyadmin .*lab open phpmyadmin/m);
    expect(stdout).toMatch(/scott +lab credentials scott/);
    const rows = [
      ...stdout.matchAll(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +\S.* +(\d+)$/gm),
    ];
    expect(rows.length).toBeGreaterThanOrEqual(5);
    const newest = Date.parse(`${rows[0]?.[2]?.replace(" ", "T")}+09:00`);
    expect(Date.now() - newest).toBeLessThan(120_000);
  });

  test("a second time changes nothing: no process, no resource, no image", async () => {
    const before = await processes();
    const pods = await kubectl("get", "pods", "--output=jsonpath={.items[*].metadata.uid}");
    const { stderr } = await labOk(["up"]);
    expect(stderr).toMatch(/stack lab done · \d+ unchanged/);
    expect(await processes()).toEqual(before);
    expect(await kubectl("get", "pods", "--output=jsonpath={.items[*].metadata.uid}")).toBe(pods);
  });

  test("pulumi preview, typed by hand in the environment of lab env, expects no changes", async () => {
    const env = await labEnv();
    const config = join(env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "", "..", "pulumi-project", "Pulumi.lab.yaml");
    const args = ["preview", "--stack", "lab", "--config-file", config, "--expect-no-changes", "--non-interactive"];
    const { stdout } = await run("pulumi", args, { env, cwd: projectRoot() });
    expect(stdout).toMatch(/\d+ unchanged/);
  });

  test("two at once: the second says who is at work and leaves", async () => {
    const [first, second] = await Promise.all([lab(["up"]), lab(["up"])]);
    const [done, refused] = first.code === 0 ? [first, second] : [second, first];
    expect(done.code).toBe(0);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/another `lab up` \(pid \d+, since \d\d:\d\d\) is running/);
  });

  test("what was deleted behind Pulumi's back is made again", async () => {
    await kubectl("delete", "deployment/phpmyadmin", "service/phpmyadmin", "--wait=true");
    const { stderr } = await labOk(["up"]);
    expect(stderr).toContain("were missing in the cluster");
    await kubectl("rollout", "status", "deployment/phpmyadmin", "--timeout=120s");
  });
});

describe("what people reach for", () => {
  test("status passes, with memory within limits, every hop fresh, and the same as JSON", async () => {
    const picture = await eventually("status passes", 90, async () => {
      const { code, stdout } = await lab(["status", "--json"]);
      return code === 0 ? (JSON.parse(stdout) as Record<"workloads" | "hops", Record<string, unknown>[]>) : undefined;
    });
    expect(picture.workloads.map((row) => row.workload).sort()).toEqual(
      expect.arrayContaining(["aggregate", "enrich", "generate", "kafka", "mysql", "phpmyadmin"]),
    );
    for (const row of picture.workloads) expect(Number(row.memoryMiB)).toBeLessThan(Number(row.limitMiB));
    expect(picture.hops.map((row) => row.hop)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^events → enrich → .*events_stages/),
        expect.stringMatching(/^events_stages → aggregate/),
      ]),
    );
  });

  test("status fails, and says where and why, when a workload is down", async () => {
    const { spec } = await kubeGet<{ spec: { template: { spec: { containers: { image: string }[] } } } }>(
      "deployment/enrich",
    );
    await kubectl("set", "image", "deployment/enrich", "enrich=lab.local/nowhere:1");
    try {
      await eventually("status fails", 90, async () => {
        const { code, stdout } = await lab(["status"]);
        return code === 1 && /^enrich +FAIL +0\/1 (ErrImage|ImagePull)/m.test(stdout);
      });
    } finally {
      await kubectl("set", "image", "deployment/enrich", `enrich=${spec.template.spec.containers[0]?.image}`);
      await kubectl("rollout", "status", "deployment/enrich", "--timeout=120s");
    }
  });

  test("logs and shell know the workloads, and list them to who does not", async () => {
    expect((await labOk(["logs", "enrich", "--tail", "5"])).stdout).toContain('"job":"enrich"');
    expect((await labOk(["shell", "kafka", "--", "id", "-u"])).stdout.trim()).toBe("10001");
    const unknown = await lab(["logs", "enrch"]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/unknown workload "enrch"; there are: .*enrich.*kafka/);
  });

  test("a server that is not there cannot be opened; the message names those that are", async () => {
    const { code, stderr } = await lab(["open", "druid"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/nothing called "druid" to open; there are: .*phpmyadmin/);
  });

  test("lab env and lab kubeconfig lead to this cluster", async () => {
    const { stdout } = await labOk(["kubeconfig"]);
    expect(stdout.trim()).toBe((await labEnv()).KUBECONFIG);
    expect(readFileSync(stdout.trim(), "utf8")).toContain("bigdata-lab");
  });
});

describe("secrets", () => {
  test("are in no state, no ConfigMap, no environment and no log, neither plain nor as base64", async () => {
    const env = await labEnv();
    const exported = await run("pulumi", ["stack", "export", "--stack", "lab"], { env, cwd: projectRoot() });
    const places: Record<string, string> = {
      state: exported.stdout,
      configmaps: await kubectl("get", "configmaps", "--output=json"),
      workloads: await kubectl("get", "pods,deployments,statefulsets,jobs,cronjobs", "--output=json"),
    };
    const { items } = await kubeGet<{ items: { metadata: { name: string }; status: { phase: string } }[] }>("pods");
    for (const { metadata } of items)
      places[`log of ${metadata.name}`] = await kubectl("logs", metadata.name, "--all-containers");
    for (const user of ["scott", "root"]) {
      const password = (await labOk(["credentials", user])).stdout.trim();
      expect(password.length).toBeGreaterThan(3);
      for (const [place, text] of Object.entries(places)) {
        // The user's name and the well-known password are short words: only whole ones count.
        expect(text.split(/[^A-Za-z0-9+/=_-]+/), `${user} in ${place}`).not.toContain(password);
        expect(text, `${user} as base64 in ${place}`).not.toContain(Buffer.from(password).toString("base64"));
      }
    }
  });
});

describe("--context", () => {
  test("uses the named context of a copied kubeconfig, and nothing on the machine is started or changed", async () => {
    const env = await labEnv();
    const copy = join(temporaryDirectory("context"), "config");
    copyFileSync(env.KUBECONFIG ?? "", copy);
    const before = await processes();
    const { stderr } = await labOk(["up", "--context", "bigdata-lab"], {
      KUBECONFIG: copy,
      BUILDKIT_HOST: env.BUILDKIT_HOST ?? "",
    });
    expect(stderr).not.toContain("Kubernetes …");
    // The one thing that differs is where Pulumi's Kubernetes provider reads the kubeconfig.
    expect(stderr).toMatch(/stack lab done · (~ 1 updated, )?\d+ unchanged/);
    expect(await processes()).toEqual(before);
  });

  test("a context that is not there is refused by name", async () => {
    const { code, stderr } = await lab(["status", "--context", "nowhere"]);
    expect(code).toBe(2);
    expect(stderr).toContain('no context "nowhere"');
  });
});
