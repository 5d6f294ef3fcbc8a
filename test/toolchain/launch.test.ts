import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { temporary } from "./module";

/** A checkout of its own: the launcher, and a program of two modules. */
let root: string;
const made = () => readdirSync(join(root, "node_modules", ".lab")).filter((name) => name.endsWith(".cjs"));

beforeEach(() => {
  root = realpathSync(temporary({ "tsconfig.json": "{}", "package-lock.json": "{}" }));
  for (const directory of ["node_modules", "cluster/core", "cli"])
    mkdirSync(join(root, directory), { recursive: true });
  for (const one of ["esbuild", "@esbuild", "yaml"])
    symlinkSync(join(projectRoot(), "node_modules", one), join(root, "node_modules", one));
  cpSync(join(projectRoot(), "cluster/core/launch.cjs"), join(root, "cluster/core/launch.cjs"));
  writeModule("cli/word.ts", 'export const word: string = "one";');
  writeModule(
    "cli/main.ts",
    `import { parse } from "yaml";
import { word } from "./word";
const main = require.main === module;
process.stdout.write(JSON.stringify({ word, main, parsed: parse("a: 1"), here: __dirname, args: process.argv.slice(2) }));
process.exitCode = 7;`,
  );
});

function writeModule(name: string, text: string): void {
  writeFileSync(join(root, name), text);
}

function launch(...args: string[]) {
  const command = [join(root, "cluster/core/launch.cjs"), join(root, "cli/main.ts"), ...args];
  return spawnSync(process.execPath, command, { encoding: "utf8" });
}

const answer = (word: string, ...args: string[]) => ({
  word,
  main: true,
  parsed: { a: 1 },
  here: join(root, "cli"),
  args,
});

test("runs a program as the main module, with its own directory, packages, arguments and exit code", () => {
  const { stdout, status } = launch("--yes", "a b");
  expect(JSON.parse(stdout)).toEqual(answer("one", "--yes", "a b"));
  expect(status).toBe(7);
});

test("makes its one file again when a module has another content, be it older, and not otherwise", () => {
  launch();
  const first = made();
  expect(first).toHaveLength(1);
  writeModule("cli/word.ts", 'export const word: string = "two";');
  utimesSync(join(root, "cli/word.ts"), 0, 0);
  expect(JSON.parse(launch().stdout)).toEqual(answer("two"));
  expect(made()).toHaveLength(2);
  launch();
  expect(made()).toHaveLength(2);
});

test("what is of yesterday goes when another file is made", () => {
  launch();
  const [first = ""] = made();
  utimesSync(join(root, "node_modules/.lab", first), 0, 0);
  writeModule("cli/word.ts", 'export const word: string = "two";');
  launch();
  expect(made()).toHaveLength(1);
  expect(made()).not.toContain(first);
});

test("a module that cannot be read is named, in a line, with its place", () => {
  writeModule("cli/word.ts", "export const word = ;");
  const { stdout, stderr, status } = launch();
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^lab: .*cli\/main\.ts cannot be made ready to run: .*\n?.*cli\/word\.ts:1:\d+: ERROR/s);
  expect(status).toBe(1);
});

test.skipIf(process.getuid?.() !== 0)("runs in a checkout where it may not write", () => {
  chmodSync(root, 0o755);
  const { stdout, stderr } = spawnSync(
    "setpriv",
    [
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      process.execPath,
      join(root, "cluster/core/launch.cjs"),
      join(root, "cli/main.ts"),
    ],
    { encoding: "utf8", cwd: "/" },
  );
  expect(JSON.parse(stdout || stderr)).toEqual(answer("one"));
  expect(readdirSync(join(root, "node_modules"))).not.toContain(".lab");
});
