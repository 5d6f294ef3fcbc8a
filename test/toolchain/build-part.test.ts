import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LabFailure } from "../../cluster/core/failure";
import { cachePath } from "../../cluster/core/paths";
import { buildPart, fetchPart } from "../../cluster/toolchain/build-part";
import { findOnPath } from "../../cluster/toolchain/find-on-path";
import { type PlannedPart, planParts } from "../../cluster/toolchain/plan";
import { HELLO, HELLO_SOURCES, temporary } from "./module";

const withGo = test.skipIf(!findOnPath("go"));
let modules: string;

/** Compiled standard library that tests share which do not ask how much is compiled. */
const shared = temporary();

beforeEach(() => {
  modules = temporary(HELLO_SOURCES);
  vi.stubEnv("LAB_CACHE", temporary());
  symlinkSync(shared, cachePath("go-build"));
});
afterEach(() => vi.unstubAllEnvs());

function planned(): PlannedPart {
  const [part] = planParts([HELLO], modules);
  if (!part) throw new Error("no part was planned");
  return part;
}

withGo("a part is built under its names and then found", async () => {
  expect(planned().built).toBe(false);
  expect(await fetchPart(planned())).toBeGreaterThan(10);
  const compiled: number[] = [];
  await buildPart(planned(), (count) => compiled.push(count));
  const { built, directory } = planned();
  expect(built).toBe(true);
  expect(readdirSync(directory).sort()).toEqual(["bye", "hello"]);
  expect(spawnSync(join(directory, "bye")).stderr.toString()).toBe("hello\n");
  expect(compiled.at(-1)).toBeGreaterThan(0);
});

withGo("a broken source leaves nothing behind but the log, and the repaired one is built", async () => {
  writeFileSync(join(modules, "hello/cmd/server/main.go"), "package main\n\nfunc main() { nonsense }\n");
  const failure = await buildPart(planned(), () => undefined).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LabFailure);
  expect((failure as LabFailure).describe()).toMatch(
    /^hello could not be built: .*nonsense.*\n {2}log: .*build-hello\.log$/s,
  );
  expect(readdirSync(cachePath("toolchain"))).toEqual([]);
  writeFileSync(join(modules, "hello/cmd/server/main.go"), HELLO_SOURCES["hello/cmd/server/main.go"]);
  await buildPart(planned(), () => undefined);
  expect(planned().built).toBe(true);
});

withGo("an interrupted build leaves no half part, and the next one resumes from what was compiled", async () => {
  rmSync(cachePath("go-build"));
  const stop = new AbortController();
  let first = 0;
  const interrupted = buildPart(
    planned(),
    (count) => {
      first = count;
      if (count === 5) stop.abort();
    },
    stop.signal,
  );
  await expect(interrupted).rejects.toThrow();
  expect(planned().built).toBe(false);
  expect(readdirSync(cachePath("toolchain"))).toEqual([]);

  let second = 0;
  await buildPart(planned(), (count) => {
    second = count;
  });
  expect(planned().built).toBe(true);
  const packages = await fetchPart(planned());
  expect(first).toBeGreaterThan(0);
  expect(second).toBeLessThan(packages - 1); // "unsafe" is never compiled
});

withGo("drafts of builds that died are removed, those of living ones are not", async () => {
  const dead = cachePath("toolchain", ".building-4194999-hello-0");
  const living = cachePath("toolchain", `.building-${process.ppid}-hello-0`);
  for (const directory of [dead, living]) mkdirSync(directory, { recursive: true });
  await buildPart(planned(), () => undefined);
  expect(existsSync(dead)).toBe(false);
  expect(existsSync(living)).toBe(true);
});

withGo("a module that cannot be downloaded is one failure with a fix", async () => {
  vi.stubEnv("GOPROXY", "http://127.0.0.1:9");
  vi.stubEnv("GOMODCACHE", temporary());
  vi.stubEnv("GONOSUMDB", "*");
  writeFileSync(
    join(modules, "hello/go.mod"),
    "module example.test/hello\n\ngo 1.21\n\nrequire example.test/absent v1.0.0\n",
  );
  writeFileSync(
    join(modules, "hello/go.sum"),
    "example.test/absent v1.0.0 h1:j2bphCf7c2YhnBrhwht2f3TNRRgcMImltUlAgzxr9H4=\nexample.test/absent v1.0.0/go.mod h1:61at6ZXhz4COFbTksqENrBzq5VUQ/LV8sdZ7WJt9KT4=\n",
  );
  writeFileSync(
    join(modules, "hello/cmd/server/main.go"),
    'package main\n\nimport _ "example.test/absent"\n\nfunc main() {}\n',
  );
  const failure = await fetchPart(planned()).catch((error: unknown) => error);
  expect((failure as LabFailure).message).toMatch(/^a Go module of hello cannot be downloaded: .*connection refused/);
  expect((failure as LabFailure).fix).toContain("GOPROXY");
});
