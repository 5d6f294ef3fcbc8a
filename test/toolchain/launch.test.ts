import { execFile, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
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
/** When the record of what was made was written. */
const madeAt = () => {
  const directory = join(root, "node_modules", ".lab");
  return readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .map((name) => statSync(join(directory, name)).mtimeMs)
    .join();
};

beforeEach(() => {
  root = realpathSync(temporary({ "package.json": "{}", "package-lock.json": "{}" }));
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

/** The same without waiting for it; its exit code is that of the program. */
function launched(): Promise<string> {
  const command = [join(root, "cluster/core/launch.cjs"), join(root, "cli/main.ts")];
  return new Promise((resolve) => execFile(process.execPath, command, (_, stdout) => resolve(stdout)));
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

test("makes its one file again when a module or the configuration has another content, be it older, and not otherwise", () => {
  launch();
  const first = madeAt();
  launch();
  expect(madeAt()).toBe(first);
  writeModule("cli/word.ts", 'export const word: string = "two";');
  utimesSync(join(root, "cli/word.ts"), 0, 0);
  expect(JSON.parse(launch().stdout)).toEqual(answer("two"));
  const second = madeAt();
  expect(second).not.toBe(first);
  expect(made(), "the one before is of no use").toHaveLength(1);
  writeFileSync(join(root, "package-lock.json"), "{ }");
  launch();
  expect(madeAt()).not.toBe(second);
});

test("a module that is written while the file is made is another one's, next time", () => {
  const late = `require("node:fs").writeFileSync(${JSON.stringify(join(root, "cli/word.ts"))}, 'export const word = "late";')`;
  const esbuild = join(root, "node_modules/esbuild");
  unlinkSync(esbuild);
  mkdirSync(esbuild);
  const real = JSON.stringify(join(projectRoot(), "node_modules/esbuild"));
  writeFileSync(
    join(esbuild, "index.js"),
    `const { build } = require(${real}); exports.build = async (o) => { const made = await build(o); ${late}; return made; };`,
  );
  expect(JSON.parse(launch().stdout)).toEqual(answer("one"));
  expect(JSON.parse(launch().stdout)).toEqual(answer("late"));
});

test.each([
  ["emptied", (file: string) => writeFileSync(file, "")],
  ["cut", (file: string) => truncateSync(file, 100)],
  ["gone", (file: string) => unlinkSync(file)],
])("a file that is %s is made again", (_, damage) => {
  launch();
  for (const name of readdirSync(join(root, "node_modules/.lab"))) damage(join(root, "node_modules/.lab", name));
  expect(JSON.parse(launch().stdout)).toEqual(answer("one"));
});

test("many at once each run, and so do those that find the place full of other things", async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => launched()));
  expect(all.map((stdout) => JSON.parse(stdout))).toEqual(all.map(() => answer("one")));
  rmSync(join(root, "node_modules/.lab"), { recursive: true });
  writeFileSync(join(root, "node_modules/.lab"), "in the way");
  expect(JSON.parse(launch().stdout)).toEqual(answer("one"));
});

test("what a program made that is gone goes when another file is made", () => {
  launch();
  renameSync(join(root, "cli"), join(root, "other"));
  spawnSync(process.execPath, [join(root, "cluster/core/launch.cjs"), join(root, "other/main.ts")]);
  expect(readdirSync(join(root, "node_modules/.lab"))).toHaveLength(2);
});

test("a failure names the line of the module; no module but the first takes itself for the program", () => {
  writeModule("cli/word.ts", 'export const word: string = "one";\n\nthrow new Error("here");');
  expect(launch().stderr).toContain(`${join(root, "cli/word.ts")}:3:`);
  writeModule("cli/word.ts", 'export const word = "one";\nif (require.main === module) process.exit(3);');
  expect(launch().stderr).toMatch(/only a program's first module may ask for require\.main/);
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
