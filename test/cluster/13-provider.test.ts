import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { type Output, run } from "../../cluster/core/run";
import { inNamespace, labEnv } from "./support/lab";

// The lab builds Pulumi's Kubernetes provider with a part of its SDK: here is what goes through that part, for programs of people.
const NAMESPACE = "lab-test-provider";
const objects = inNamespace(NAMESPACE);
const manifest = (apiVersion: string, kind: string, name: string, rest: object) =>
  JSON.stringify({ apiVersion, kind, metadata: { name, namespace: NAMESPACE }, ...rest });
const WORD = Buffer.from("hunter2-of-the-test").toString("base64");
const MANIFESTS = [
  manifest("v1", "ConfigMap", "plain", { data: { from: "group" } }),
  manifest("v1", "Secret", "hidden", { data: { word: WORD } }),
  manifest("rbac.authorization.k8s.io/v1", "Role", "reader", {
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  }),
].join("\n---\n");
const program = (repo: string, renderer: string) => `
import * as k8s from "@pulumi/kubernetes";
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: "${NAMESPACE}" } });
const options = { dependsOn: [namespace] };
new k8s.yaml.v2.ConfigGroup("group", { yaml: ${JSON.stringify(MANIFESTS)} }, options);
new k8s.helm.v4.Chart("chart", {
  chart: "small",
  version: "1.2.3",
  namespace: "${NAMESPACE}",
  values: { word: "given" },
  repositoryOpts: { repo: "${repo}", username: "reader", password: "chart-password" },
  postRenderer: { command: "${renderer}", args: ["rendered", "twice"] },
}, options);
`;

/** A Pulumi project of its own, with a state of its own, and a chart repository that wants a password. */
let directory: string;
let repository: Server;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "lab-provider-"));
  mkdirSync(join(directory, "state"));
  symlinkSync(join(projectRoot(), "node_modules"), join(directory, "node_modules"));
  write("small/Chart.yaml", "apiVersion: v2\nname: small\nversion: 1.2.3\n");
  write("small/values.yaml", "word: default\n");
  write("small/templates/map.yaml", manifest("v1", "ConfigMap", "charted", { data: { word: "{{ .Values.word }}" } }));
  execFileSync("tar", ["-czf", "small-1.2.3.tgz", "small"], { cwd: directory });
  const url = await serve();
  write("render", '#!/bin/sh\nexec sed "s/given/given, $1 $2/"\n', 0o755);
  write("Pulumi.yaml", "name: provider-test\nruntime: nodejs\nmain: index.ts\n");
  write("package.json", "{}");
  // What is looked at here is what the program does, not the types of a whole SDK, which would be checked at each run.
  write(
    "tsconfig.json",
    JSON.stringify({ compilerOptions: { module: "commonjs", esModuleInterop: true, noCheck: true } }),
  );
  write("index.ts", program(url, join(directory, "render")));
  await pulumi("stack", "init", "test");
});

afterAll(async () => {
  await pulumi("destroy", "--yes", "--skip-preview").catch(() => undefined);
  repository.close();
  rmSync(directory, { recursive: true, force: true });
});

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text, { mode });
}

/** Serves the chart on loopback, to whom knows the password. */
async function serve(): Promise<string> {
  repository = createServer(({ url = "", headers }, response) => {
    const known = headers.authorization === `Basic ${Buffer.from("reader:chart-password").toString("base64")}`;
    if (!known) response.writeHead(401).end();
    else if (url.endsWith("/small-1.2.3.tgz")) response.end(readFileSync(join(directory, "small-1.2.3.tgz")));
    else response.end("apiVersion: v1\nentries: {small: [{name: small, version: 1.2.3, urls: [small-1.2.3.tgz]}]}\n");
  });
  await new Promise<void>((resolve) => repository.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(repository.address() as AddressInfo).port}`;
}

async function pulumi(...args: string[]): Promise<Output> {
  const state = { PULUMI_BACKEND_URL: `file://${directory}/state`, PULUMI_CONFIG_PASSPHRASE: "test" };
  const helm = { HELM_CACHE_HOME: join(directory, "helm"), HELM_CONFIG_HOME: join(directory, "helm") };
  const env = { ...(await labEnv()), ...state, ...helm, PULUMI_CONFIG_PASSPHRASE_FILE: undefined };
  return run("pulumi", [...args, "--non-interactive"], { cwd: directory, env });
}

test("a group of manifests and a chart from a repository become objects under the types that every SDK gives them", async () => {
  await pulumi("up", "--yes", "--skip-preview");
  const word = (kind: string, name: string, path: string) =>
    objects.kubectl("get", kind, name, `--output=jsonpath={${path}}`);
  expect(await word("configmap", "plain", ".data.from")).toBe("group");
  expect(await word("secret", "hidden", ".data.word")).toBe(WORD);
  expect(await word("configmap", "charted", ".data.word")).toBe("given, rendered twice");

  const { stdout } = await pulumi("stack", "export");
  expect(stdout, "a Secret's words are secret in the state").not.toContain(WORD);
  const { deployment } = JSON.parse(stdout) as { deployment: { resources: { type: string; custom: boolean }[] } };
  const types = deployment.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  expect(types.map(({ type }) => type).sort()).toEqual([
    "kubernetes:core/v1:ConfigMap",
    "kubernetes:core/v1:ConfigMap",
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:Secret",
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
  ]);
  expect((await pulumi("preview", "--expect-no-changes")).stdout).toMatch(/unchanged/);
});
