import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import type { Part } from "../../cluster/toolchain/parts";

const made: string[] = [];
afterAll(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** Writes files (path → text) below a new directory, which goes when the test file ends, and returns it. */
export function temporary(files: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "lab-toolchain-"));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** A part with one program that needs nothing but Go itself. */
export const HELLO: Part = {
  name: "hello",
  group: "kubernetes",
  programs: [{ package: "./cmd/server", binary: "hello" }],
  links: { hello: ["bye"] },
  cpuMinutes: 1,
  diskGiB: 1,
};

/** Sources of {@link HELLO}. */
export const HELLO_SOURCES = {
  "hello/go.mod": "module example.test/hello\n\ngo 1.21\n",
  "hello/go.sum": "",
  "hello/cmd/server/main.go": 'package main\n\nfunc main() { println("hello") }\n',
};
