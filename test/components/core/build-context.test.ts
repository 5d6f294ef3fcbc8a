import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { admittedFiles, buildContextHash, parseDockerignore } from "../../../components/core/build-context";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "context-"));
  write("jobs/a/Dockerfile", "FROM a");
  write("jobs/a/main.ts", "a");
  write("jobs/b/main.ts", "b");
  write("jobs/core/log.ts", "log");
  write("node_modules/x/index.js", "x");
  write("README.md", "read");
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const ONLY_A = "# what job a is made of\n*\n!jobs/core\n!jobs/a\njobs/*/Dockerfile*\n";
const hash = () => buildContextHash(root, join(root, "jobs/a/Dockerfile"));

test("the last line that matches decides", () => {
  expect(admittedFiles(root, parseDockerignore(ONLY_A))).toEqual(["jobs/a/main.ts", "jobs/core/log.ts"]);
  expect(admittedFiles(root, parseDockerignore("**/*.ts\n!jobs/b/main.ts"))).toEqual([
    "README.md",
    "jobs/a/Dockerfile",
    "jobs/b/main.ts",
  ]);
  expect(admittedFiles(root, [])).toContain("README.md");
});

test("the hash follows what the build sees, and nothing else", () => {
  write("jobs/a/Dockerfile.dockerignore", ONLY_A);
  const before = hash();
  write("README.md", "changed");
  write("jobs/b/main.ts", "changed");
  expect(hash()).toBe(before);
  write("jobs/core/log.ts", "changed");
  const after = hash();
  expect(after).not.toBe(before);
  write("jobs/core/log.ts", "log");
  expect(hash()).toBe(before);
  write("jobs/a/Dockerfile", "FROM b");
  expect(hash()).not.toBe(before);
});

test("names and the executable bit count as well as bytes", () => {
  const before = hash();
  chmodSync(join(root, "jobs/a/main.ts"), 0o755);
  const executable = hash();
  expect(executable).not.toBe(before);
  rmSync(join(root, "jobs/core/log.ts"));
  write("jobs/core/logs.ts", "log");
  expect(hash()).not.toBe(executable);
});
