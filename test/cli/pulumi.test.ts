import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pulumi, preparePulumi, pulumiEnvironment, ResourceProgress } from "../../cli/pulumi";
import { readStackFile } from "../../cli/stack-config";
import { temporaryDirectory } from "../support/temporary";

let cache: string;
beforeEach(() => {
  cache = temporaryDirectory("cli");
  vi.stubEnv("LAB_CACHE", cache);
});
afterEach(() => vi.unstubAllEnvs());

const world = { toolPath: "/tools", kubeconfig: "/k", buildkitAddress: "unix:///b.sock" };

test("Pulumi keeps its state and its passphrase below the cache, and sees only the cluster that was named", () => {
  expect(pulumiEnvironment(world, { PATH: "/bin" })).toEqual({
    PATH: "/tools:/bin",
    KUBECONFIG: "/k",
    BUILDKIT_HOST: "unix:///b.sock",
    PULUMI_PARALLEL: "128",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_BACKEND_URL: `file://${cache}/pulumi-state`,
    PULUMI_CONFIG_PASSPHRASE_FILE: `${cache}/passphrase`,
  });
});

test("the user's own backend and passphrase win", () => {
  const env = pulumiEnvironment(world, { PULUMI_BACKEND_URL: "file:///mine", PULUMI_CONFIG_PASSPHRASE: "" });
  expect(env.PULUMI_BACKEND_URL).toBe("file:///mine");
  expect(env).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
});

test("the passphrase is random, stays the same, and only its owner can read it", () => {
  preparePulumi();
  const first = readFileSync(join(cache, "passphrase"), "utf8");
  preparePulumi();
  expect(readFileSync(join(cache, "passphrase"), "utf8")).toBe(first);
  expect(first.trim().length).toBeGreaterThanOrEqual(32);
  expect(statSync(join(cache, "passphrase")).mode & 0o777).toBe(0o600);
  expect(existsSync(join(cache, "pulumi-state"))).toBe(true);
});

test("temporary files of a run, kubeconfigs among them, are the owner's alone and go with it", async () => {
  const tools = join(cache, "tools");
  mkdirSync(tools);
  mkdirSync(join(cache, "tmp"));
  vi.stubEnv("TMPDIR", join(cache, "tmp"));
  const script = `#!/bin/sh\necho key > "$TMPDIR/kubeconfig1"\nstat -c '%a %n' "$TMPDIR"\nexit "\${FAIL:-0}"\n`;
  writeFileSync(join(tools, "pulumi"), script, { mode: 0o755 });
  const pulumi = new Pulumi(readStackFile("lab"), { ...world, toolPath: tools });
  const [mode, directory = ""] = (await pulumi.preview()).stdout.trim().split(" ");
  expect(mode).toBe("700");
  expect(existsSync(directory)).toBe(false);
  vi.stubEnv("FAIL", "1");
  await expect(pulumi.preview()).rejects.toThrow();
  expect(readdirSync(join(cache, "tmp"))).toEqual([]);
});

test("Pulumi's lines become a count and what is being made; its summary and first error are kept", () => {
  const progress = new ResourceProgress();
  const lines = [
    "Updating (lab):",
    " +  kubernetes:apps/v1:StatefulSet kafka creating (0s) ",
    " +  kubernetes:core/v1:ConfigMap conf creating (0s) ",
    " +  kubernetes:core/v1:ConfigMap conf created (0.10s) ",
    "Diagnostics:",
    "  kubernetes:apps/v1:StatefulSet (kafka):",
    "    error: 2 errors occurred:",
    "    \t* the StatefulSet was created but did not become ready",
    "",
    "  pulumi:pulumi:Stack (bigdata-lab-lab):",
    "    error: update failed",
    "",
    "Resources:",
    "    + 1 created",
    "    3 unchanged",
    "",
    "Duration: 3s",
  ];
  const shown = lines.map((line) => progress.see(line));
  expect(shown[3]).toBe("1 done · creating StatefulSet kafka");
  expect(progress.problem).toBe("2 errors occurred: * the StatefulSet was created but did not become ready");
  expect(progress.summary).toBe("+ 1 created, 3 unchanged");
});

test("what a failed Job said is shown, however many words Pulumi puts before it", () => {
  const progress = new ResourceProgress();
  const urn = "urn:pulumi:x::bigdata-lab::platform:storm:StormTopologies$kubernetes:batch/v1:Job::topologies";
  const but = "the Kubernetes API server reported that it failed to fully initialize or become live";
  const pod = "[Pod x/topologies-1-abc]";
  for (const line of [
    "  kubernetes:batch/v1:Job (topologies):",
    "    error: 4 errors occurred:",
    `    \t* resource "${urn}" was successfully created, but ${but}: Resource 'topologies-1' was created but failed to initialize`,
    `    \t* ${pod}: containers with unready status: [deploy]`,
    `    \t* ${pod}: ${"something that happened in between ".repeat(8)}`,
    `    \t* ${pod}: [Error] deploy: The rule for speeding cannot be used: Incorrect syntax near 'haveing'`,
  ]) {
    progress.see(line);
  }
  expect(progress.problem).toMatch(/^4 errors occurred: \* topologies: Resource 'topologies-1' was created/);
  expect(progress.problem).toContain("near 'haveing'");
});
