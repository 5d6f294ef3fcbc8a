"use strict";
// Runs a TypeScript program of this project: node launch.cjs PROGRAM.ts ARGUMENTS…
//
// Its modules become one JavaScript file first, which is made again when one of them has changed: loading them one by one takes
// five times as long, each time. Packages stay outside it. Plain JavaScript, as it is what TypeScript is started with.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { basename, dirname, join, relative, resolve } = require("node:path");

const ROOT = resolve(__dirname, "../..");
const DIRECTORY = join(ROOT, "node_modules", ".lab");
const DAY_MS = 86_400_000;

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const contentHash = (file) => hash(readFileSync(file));

/**
 * A program as one file, and its text where it could not be written.
 * @param {string} program absolute path of its first module
 */
async function bundled(program) {
  const record = join(DIRECTORY, `${hash(program)}.json`); // checkouts may share their node_modules
  return fresh(record) ?? (await build(program, record));
}

/** What an earlier run has made, if nothing that went into it has changed. */
function fresh(record) {
  try {
    const { file, inputs } = JSON.parse(readFileSync(record, "utf8"));
    statSync(file);
    return Object.entries(inputs).every(([path, known]) => contentHash(path) === known) ? { file } : undefined;
  } catch {
    return undefined; // none yet, or one of its files is gone
  }
}

async function build(program, record) {
  const { outputFiles, metafile } = await require("esbuild").build({
    entryPoints: [program],
    absWorkingDir: ROOT,
    outfile: join(DIRECTORY, "program.cjs"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    packages: "external",
    sourcemap: "inline",
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: "silent",
    plugins: [{ name: "own-paths", setup: keepOwnPaths }],
  });
  const text = outputFiles[0].text;
  const file = join(DIRECTORY, `${hash(text)}.cjs`);
  const inputs = [...Object.keys(metafile.inputs).map((path) => resolve(ROOT, path)), ...configuration()];
  try {
    mkdirSync(DIRECTORY, { recursive: true });
    clear();
    replace(file, text);
    const hashes = Object.fromEntries(inputs.map((path) => [path, contentHash(path)]));
    replace(record, JSON.stringify({ file, inputs: hashes }));
    return { file };
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code)) throw error;
    return { file, text }; // a checkout of somebody else's
  }
}

/** What a build depends on beside its modules. */
function configuration() {
  return [__filename, join(ROOT, "tsconfig.json"), join(ROOT, "package-lock.json")];
}

/** A module that asks where it is gets its own place, not that of the one file. */
function keepOwnPaths(build) {
  build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const text = readFileSync(path, "utf8");
    const own = { __dirname: dirname(path), __filename: path };
    const lines = Object.entries(own).filter(([name]) => text.includes(name));
    const head = lines.map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`).join("");
    return { contents: head + text, loader: "ts" };
  });
}

/** Removes what is of yesterday; what is still wanted of it is made again. A run that has just been started has its file. */
function clear() {
  for (const name of readdirSync(DIRECTORY)) {
    const file = join(DIRECTORY, name);
    if (Date.now() - statSync(file).mtimeMs > DAY_MS) rmSync(file, { force: true });
  }
}

/** Others see the old file or the new one. */
function replace(file, text) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

/** Runs it as the main module, as if Node.js had been started with it. */
function run({ file, text }) {
  process.argv.splice(1, 2, file);
  if (text === undefined) {
    Module.runMain();
    return;
  }
  const main = Object.assign(new Module(file), { filename: file, paths: Module._nodeModulePaths(DIRECTORY) });
  process.mainModule = main;
  main._compile(text, file);
}

const program = resolve(process.argv[2]);
bundled(program).then(run, (error) => {
  const what = relative(process.cwd(), program) || basename(program);
  process.stderr.write(`lab: ${what} cannot be made ready to run: ${error.message}\n`);
  process.exitCode = 1;
});
