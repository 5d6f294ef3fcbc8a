import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Progress } from "../../cluster/core/progress";
import { ensureToolchain } from "../../cluster/toolchain";
import { missingPackages } from "../../cluster/toolchain/debian";
import { findPulumi } from "../../cluster/toolchain/installed-pulumi";
import type { ToolchainUse } from "../../cluster/toolchain/survey";
import { wrapperDirectory, wrapperTexts } from "../../cluster/toolchain/wrappers";
import { temporary } from "./module";

beforeEach(() => {
  vi.stubEnv("LAB_CACHE", temporary());
});
afterEach(() => vi.unstubAllEnvs());

/** A PATH whose `pulumi` has the version and the plugins, and whose other files are there too. */
function installed(version: string, plugins: Record<string, string>, companions: string[]): string {
  const list = JSON.stringify(Object.entries(plugins).map(([name, v]) => ({ name, version: v, kind: "resource" })));
  const script = `#!/bin/sh\ncase $1 in version) echo v${version};; plugin) echo '${list}';; esac\n`;
  const names = ["pulumi", ...companions];
  const directory = temporary(Object.fromEntries(names.map((name) => [name, script])));
  for (const name of names) chmodSync(join(directory, name), 0o755);
  return `${directory}:/usr/bin:/bin`;
}

const COMPANIONS = ["pulumi-language-nodejs", "pulumi-analyzer-policy"];
const PLUGINS = { kubernetes: "4.25.0", docker: "5.2.0" };

test("no Pulumi on PATH is none", async () => {
  expect(await findPulumi(temporary())).toBeUndefined();
});

test.each([
  ["complete", "3.215.0", PLUGINS, COMPANIONS, undefined],
  ["newer", "3.300.1", PLUGINS, COMPANIONS, undefined],
  ["of another major version", "2.9.0", PLUGINS, COMPANIONS, /^major version 3$/],
  ["without the Node.js host", "3.215.0", PLUGINS, ["pulumi-analyzer-policy"], /^pulumi-language-nodejs$/],
  [
    "with another provider",
    "3.215.0",
    { kubernetes: "4.24.0" },
    COMPANIONS,
    /^the plugin kubernetes 4\.25\.0 \(pulumi plugin install/,
  ],
])("an installed Pulumi that is %s", async (_, version, plugins, companions, lacks) => {
  const found = await findPulumi(installed(version, plugins, companions));
  expect(found?.version).toBe(version);
  if (lacks) expect(found?.lacks).toMatch(lacks);
  else expect(found?.lacks).toBeUndefined();
});

test.each([
  [PLUGINS, true],
  [{ kubernetes: "4.25.0" }, false],
  [{ kubernetes: "4.25.0", docker: "4.0.0" }, false],
])("the official Docker provider counts only in the package's version: %j", async (plugins, counts) => {
  expect((await findPulumi(installed("3.215.0", plugins, COMPANIONS)))?.dockerProvider).toBe(counts);
});

test("the official Docker provider gives way to ours on the embedded cluster, whatever else of that is wanted", async () => {
  vi.stubEnv("PATH", installed("3.215.0", PLUGINS, COMPANIONS));
  const pathFor = async (use: ToolchainUse) =>
    (await ensureToolchain(new Progress({ stream: { write: () => undefined } }), use)).path;
  expect(await pathFor({ kubernetes: false })).toBe("");
  expect(await pathFor({ kubernetes: false, ownDockerProvider: true })).toMatch(/pulumi-resource-docker-[0-9a-f]{16}$/);
});

test("a Pulumi that does not run lacks everything", async () => {
  const directory = temporary({ pulumi: "#!/bin/sh\nexit 1\n" });
  chmodSync(join(directory, "pulumi"), 0o755);
  expect((await findPulumi(`${directory}:/usr/bin:/bin`))?.lacks).toBe("a working `pulumi version`");
});

test("packages are missing when a command or every one of their files is", () => {
  const files = ["/sbin/nft", "/usr/include/b.h"];
  const packages = [
    { name: "nftables", commands: ["nft"] },
    { name: "iptables", commands: ["iptables", "iptables-save"] },
    { name: "dev", anyFile: ["/usr/include/a.h", "/usr/include/b.h"] },
    { name: "other-dev", anyFile: ["/usr/include/c.h"] },
  ];
  const missing = missingPackages(packages, "/usr/bin", (file) => files.includes(file));
  expect(missing.map(({ name }) => name)).toEqual(["iptables", "other-dev"]);
});

test("a wrapper runs Node with the checkout's file, whatever is in its path, and passes its arguments on", () => {
  const root = temporary({
    "it's/node_modules/@pulumi/pulumi/cmd/run-policy-pack": "console.log(process.argv.slice(2))",
  });
  const text = wrapperTexts(join(root, "it's"), process.execPath)["pulumi-analyzer-policy"] ?? "";
  const { stdout } = spawnSync("sh", ["-s", "a b", "c"], { input: text });
  expect(stdout.toString()).toBe("[ 'a b', 'c' ]\n");
});

test("a wrapper is written once, executable, in a directory of its own", () => {
  const directory = wrapperDirectory("pulumi-resource-docker");
  const file = join(directory, "pulumi-resource-docker");
  expect(readdirSync(directory)).toEqual(["pulumi-resource-docker"]);
  expect(statSync(file).mode & 0o111).toBe(0o111);
  expect(readFileSync(file, "utf8")).toContain('/cluster/docker-provider/main.ts\' "$@"');
  const { ino } = statSync(file);
  expect(wrapperDirectory("pulumi-resource-docker")).toBe(directory);
  expect(statSync(file).ino).toBe(ino);
  expect(wrapperDirectory("pulumi-analyzer-policy")).not.toBe(directory);
});
