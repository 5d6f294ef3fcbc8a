import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LabFailure } from "../../cluster/core/failure";
import { Progress } from "../../cluster/core/progress";
import { ensureToolchain } from "../../cluster/toolchain";
import { compareVersions, findGo, requireGo } from "../../cluster/toolchain/go-version";
import { freeGiB, requireCache, surveyToolchain } from "../../cluster/toolchain/survey";
import { temporary } from "./module";

const failureOf = async (promise: Promise<unknown>) => (await promise.catch((error: unknown) => error)) as LabFailure;
const thrownBy = (fn: () => unknown) => {
  try {
    return fn();
  } catch (error) {
    return error;
  }
};
let written: string[];
const progress = () => new Progress({ stream: { write: (text) => written.push(text) } });

/** A directory with an executable `go` that answers as the shell text says. */
function fakeGo(text: string): string {
  const directory = temporary({ go: `#!/bin/sh\n${text}\n` });
  chmodSync(join(directory, "go"), 0o755);
  return directory;
}

beforeEach(() => {
  written = [];
  vi.stubEnv("LAB_CACHE", join(temporary(), "cache"));
});
afterEach(() => vi.unstubAllEnvs());

test("without Go there is one failure that says what to install, and nothing is made", async () => {
  vi.stubEnv("PATH", temporary());
  const failure = await failureOf(ensureToolchain(progress()));
  expect(failure).toBeInstanceOf(LabFailure);
  expect(failure.describe()).toMatch(
    /^the toolchain has to be built, and Go was not found\n {2}fix: install Go 1\.\d+\S* or newer and put its bin directory on PATH/,
  );
  expect(existsSync(process.env.LAB_CACHE ?? "")).toBe(false);
  expect(written).toEqual([]);
});

test("an old Go that may not update itself is refused, with both versions", async () => {
  vi.stubEnv("PATH", `${fakeGo("echo go1.20.1; echo local")}:/usr/bin:/bin`);
  const failure = await failureOf(ensureToolchain(progress()));
  expect(failure.message).toMatch(/^the toolchain needs Go 1\.26\S* or newer; found 1\.20\.1 with GOTOOLCHAIN=local$/);
  expect(existsSync(process.env.LAB_CACHE ?? "")).toBe(false);
});

test("a cache that cannot be written is one failure with a fix", async () => {
  vi.stubEnv("PATH", `${fakeGo("echo go1.99; echo local")}:/usr/bin:/bin`);
  vi.stubEnv("LAB_CACHE", join(temporary({ file: "" }), "file/cache"));
  const failure = await failureOf(ensureToolchain(progress()));
  expect(failure.describe()).toMatch(
    /^the cache .*file\/cache cannot be written \(ENOTDIR\)\n {2}fix: set LAB_CACHE to a directory you may write$/,
  );
  expect(written).toEqual([]);
});

test("a build that fails because the registry is away leaves no part, and says so once", async () => {
  vi.stubEnv(
    "PATH",
    `${fakeGo('[ "$1" = env ] && { echo go1.99; echo local; exit; }; echo "dial tcp: connection refused" >&2; exit 1')}:${process.env.PATH}`,
  );
  const failure = await failureOf(ensureToolchain(progress(), { kubernetes: false }));
  expect(failure.message).toMatch(/^a Go module of pulumi cannot be downloaded: dial tcp: connection refused$/);
  expect(existsSync(join(process.env.LAB_CACHE ?? "", "toolchain"))).toBe(false);
  expect(written.join("")).toContain("[1] Toolchain FAILED");
});

test("too little space is refused before anything is built, with both numbers", () => {
  const directory = temporary();
  const failure = thrownBy(() => requireCache(1e9, directory)) as LabFailure;
  expect(failure.message).toMatch(
    /^not enough space for the toolchain: .* has [\d.]+ GiB free, building it takes 1000000000 GiB$/,
  );
  expect(() => requireCache(0, directory)).not.toThrow();
  expect(readdirSync(directory)).toEqual([]);
});

test("the free space of a cache that is yet to be made is its disk's", () => {
  expect(freeGiB("/not/made/yet")).toBeCloseTo(freeGiB("/"), 0);
  expect(freeGiB("/dev/null/x")).toBeGreaterThanOrEqual(0); // can never be made: that is said elsewhere
});

test.each([
  ["1.26", "1.26", 0],
  ["1.9", "1.26", -1],
  ["1.26.8", "1.26", 1],
  ["1.26rc1", "1.26", 0],
  ["2", "1.99", 1],
])("%s against %s", (left, right, order) => {
  expect(Math.sign(compareVersions(left, right))).toBe(order);
});

test("an old Go that updates itself will do", async () => {
  const found = await findGo({ PATH: `${fakeGo("echo go1.21.0; echo auto")}:/usr/bin:/bin` });
  expect(found).toEqual({ version: "1.21.0", updatesItself: true });
  expect(requireGo(found, "1.26")).toBe(found);
});

test("what is no Go is no Go", async () => {
  const directory = temporary();
  writeFileSync(join(directory, "go"), "not executable");
  expect(await findGo({ PATH: directory })).toBeUndefined();
});

test.each([
  [{}, ["kubernetes", "pulumi", "containerd", "local-path-provisioner", "etcd", "nodejs-language-host", "runc"]],
  [{ kubernetes: false }, ["pulumi", "nodejs-language-host"]],
  [{ pulumi: false, kubernetes: false, kubectl: true }, ["kubernetes"]],
])("for %j these parts are wanted", async (use, names) => {
  vi.stubEnv("PATH", "/usr/bin:/bin");
  const { planned, packages } = await surveyToolchain(use);
  expect(planned.map(({ part }) => part.name)).toEqual(names);
  if ("kubernetes" in use) expect(packages).toEqual([]); // nothing of the system's is needed beside another cluster
});
