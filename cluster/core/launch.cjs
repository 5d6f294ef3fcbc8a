"use strict";
// Runs a TypeScript program of this project: node launch.cjs PROGRAM.ts ARGUMENTS…
//
// Its modules become one JavaScript file first, which is made again when one of them has changed: loading them one by one takes
// five times as long, each time. Packages stay outside it. Plain JavaScript, as it is what TypeScript is started with.
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } =
  require("node:fs");
const Module = require("node:module");
const { basename, dirname, join, relative, resolve } = require("node:path");

const ROOT = resolve(__dirname, "../..");
/** Checkouts may share it by a link; each program has a record of its own. */
const DIRECTORY = join(realpathSync(join(ROOT, "node_modules")), ".lab");
/** What goes into a build beside the modules, and may change what comes out of it. */
const CONFIGURATION = [__filename, join(ROOT, "package.json"), join(ROOT, "package-lock.json")];

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const contentHash = (file) => hash(readFileSync(file));

/**
 * A program as the text of one file, and where that is kept.
 * @param {string} program absolute path of its first module
 */
async function bundled(program) {
  const record = join(DIRECTORY, `${hash(program)}.json`);
  return fresh(record) ?? keep(program, record, await build(program));
}

/** What was noted of the last build of a program; undefined when there is none, or half of it. */
function recorded(record) {
  try {
    return JSON.parse(readFileSync(record, "utf8"));
  } catch {
    return undefined;
  }
}

/** What an earlier run has made, if it is whole and nothing that went into it has changed. */
function fresh(record) {
  const { file, inputs } = recorded(record) ?? {};
  if (!file) return undefined;
  try {
    const text = readFileSync(file, "utf8");
    const isWhole = basename(file) === fileName(text);
    return isWhole && Object.entries(inputs).every(([path, known]) => contentHash(path) === known)
      ? { file, text }
      : undefined;
  } catch {
    return undefined; // one of its files is gone
  }
}

const fileName = (text) => `${hash(text)}.cjs`;

async function build(program) {
  // Each is what the build has read: what changes meanwhile is another one's, next time.
  const inputs = Object.fromEntries(CONFIGURATION.map((path) => [path, contentHash(path)]));
  const { outputFiles } = await require("esbuild").build({
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
    tsconfigRaw: { compilerOptions: { target: "es2022" } },
    write: false,
    logLevel: "silent",
    plugins: [{ name: "modules", setup: (asked) => readModules(asked, program, inputs) }],
  });
  return { text: outputFiles[0].text, inputs };
}

/** Reads the modules, notes their hashes, and keeps true in the one file what they know about themselves. */
function readModules(asked, program, inputs) {
  asked.onLoad({ filter: /\.(ts|json)$/ }, ({ path }) => {
    const text = readFileSync(path, "utf8");
    inputs[path] = hash(text);
    if (path.endsWith(".json")) return { contents: text, loader: "json" };
    if (path !== program && text.includes("require.main")) {
      return { errors: [{ text: "only a program's first module may ask for require.main", location: { file: path } }] };
    }
    const own = { __dirname: dirname(path), __filename: path };
    const lines = Object.entries(own).filter(([name]) => text.includes(name));
    const head = lines.map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`).join("");
    return { contents: head + text, loader: "ts" };
  });
}

/** Keeps what was made for the next run. That it cannot, on a full disk or in somebody else's checkout, stops nobody. */
function keep(program, record, { text, inputs }) {
  const file = join(DIRECTORY, fileName(text));
  try {
    mkdirSync(DIRECTORY, { recursive: true });
    replace(file, text);
    replace(record, JSON.stringify({ program, file, inputs }));
    clear();
  } catch {
    // made again next time
  }
  return { file, text };
}

/** Others see the old file or the new one. */
function replace(file, text) {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes what no program that is still there has made last. Who runs another has read it. */
function clear() {
  const names = readdirSync(DIRECTORY);
  const kept = new Set();
  for (const name of names.filter((one) => one.endsWith(".json"))) {
    const known = recorded(join(DIRECTORY, name));
    if (known && existsSync(known.program)) kept.add(name).add(basename(known.file));
  }
  for (const name of names) if (!kept.has(name)) rmSync(join(DIRECTORY, name), { force: true });
}

/** Runs it as the main module, as if Node.js had been started with it. */
function run({ file, text }) {
  process.argv.splice(1, 2, file);
  const main = Object.assign(new Module(file), { filename: file, paths: Module._nodeModulePaths(DIRECTORY) });
  process.mainModule = main; // what require.main is
  Module._cache[file] = main;
  main._compile(text, file);
  main.loaded = true;
}

process.setSourceMapsEnabled(true);
const program = resolve(process.argv[2]);
bundled(program).then(run, (error) => {
  const what = relative(process.cwd(), program) || basename(program);
  process.stderr.write(`lab: ${what} cannot be made ready to run: ${error.message}\n`);
  process.exitCode = 1;
});
