import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import {
  binariesOf,
  DOCKER_PROVIDER_VERSION,
  defaultBinary,
  KUBERNETES_PROVIDER_VERSION,
  KUBERNETES_VERSION,
  PARTS,
  PULUMI_VERSION,
} from "../../cluster/toolchain/parts";
import { buildsAtOnce, estimatedMinutes, MODULES, neededGiB, planParts } from "../../cluster/toolchain/plan";
import { HELLO, HELLO_SOURCES, temporary } from "./module";

beforeEach(() => {
  vi.stubEnv("LAB_CACHE", temporary());
});
afterEach(() => vi.unstubAllEnvs());

test("every part has a complete module, and its own sources exist", () => {
  for (const { name, programs } of PARTS) {
    const module = join(MODULES, name);
    expect(readFileSync(join(module, "go.sum"), "utf8").length, name).toBeGreaterThan(0);
    const text = readFileSync(join(module, "go.mod"), "utf8");
    for (const program of programs) {
      if (program.package.startsWith("./"))
        expect(existsSync(join(module, program.package, "main.go")), program.package).toBe(true);
      else expect(text, `${name} declares its tool`).toMatch(new RegExp(`^(tool |\\t)${program.package}$`, "m"));
    }
  }
});

test("the parts make every executable of the contract, each once", () => {
  const names = PARTS.flatMap(binariesOf);
  expect(names.slice().sort()).toEqual([
    "bridge",
    "buildctl",
    "buildkitd",
    "containerd",
    "containerd-shim-runc-v2",
    "coredns",
    "ctr",
    "etcd",
    "host-local",
    "hyperkube",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-router",
    "kube-scheduler",
    "kubectl",
    "kubelet",
    "local-path-provisioner",
    "loopback",
    "pause",
    "portmap",
    "pulumi",
    "pulumi-language-nodejs",
    "pulumi-resource-kubernetes",
    "runc",
  ]);
});

test("Kubernetes says the version its module has", () => {
  const module = readFileSync(join(MODULES, "kubernetes", "go.mod"), "utf8");
  expect(module).toContain(`k8s.io/kubernetes v${KUBERNETES_VERSION}\n`);
  const flags = PARTS.find(({ name }) => name === "kubernetes")?.ldflags ?? [];
  expect(flags).toContain(`-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`);
});

test("the binaries' versions are those of the npm packages and of the provider's source", () => {
  const { dependencies } = JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8"));
  expect(dependencies).toMatchObject({
    "@pulumi/pulumi": PULUMI_VERSION,
    "@pulumi/kubernetes": KUBERNETES_PROVIDER_VERSION,
    "@pulumi/docker": DOCKER_PROVIDER_VERSION,
  });
  const main = readFileSync(join(MODULES, "pulumi/pulumi-resource-kubernetes/main.go"), "utf8");
  expect(main).toContain(`const version = "${KUBERNETES_PROVIDER_VERSION}"`);
  expect(readFileSync(join(MODULES, "pulumi/go.mod"), "utf8")).toContain(
    `github.com/pulumi/pulumi/pkg/v3 v${PULUMI_VERSION}`,
  );
});

test.each([
  ["./hyperkube", "hyperkube"],
  ["example.test/cmd/ctr", "ctr"],
  ["go.etcd.io/etcd/server/v3", "server"],
])("go build calls %s %s", (path, name) => {
  expect(defaultBinary({ package: path })).toBe(name);
});

test("what is built is neither built again nor estimated", () => {
  const modules = temporary(HELLO_SOURCES);
  const parts = [{ ...HELLO, cpuMinutes: 20, diskGiB: 4 }];
  const before = planParts(parts, modules);
  expect(before.map(({ built }) => built)).toEqual([false]);
  expect([estimatedMinutes(before, 2), neededGiB(before)]).toEqual([11, 5]);
  mkdirSync(before[0]?.directory ?? "", { recursive: true });
  const after = planParts(parts, modules);
  expect(after.map(({ built }) => built)).toEqual([true]);
  expect([estimatedMinutes(after, 2), neededGiB(after)]).toEqual([0, 0]);
});

test("more processors shorten the estimate, up to eight", () => {
  const planned = planParts([{ ...HELLO, cpuMinutes: 80 }], temporary(HELLO_SOURCES));
  expect([1, 2, 8, 64].map((count) => estimatedMinutes(planned, count))).toEqual([88, 44, 11, 11]);
});

test.each([
  [2, 24, 2],
  [2, 6, 1],
  [1, 24, 1],
  [16, 64, 2],
])("%i cores and %i GiB: %i builds at once", (cores, memory, builds) => {
  expect(buildsAtOnce(cores, memory)).toBe(builds);
});
