import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { type Output, run } from "../../cluster/core/run";
import { ctr } from "./support/images";
import { labEnv } from "./support/lab";

const NAME = "lab.local/provider-test";
const PROGRAM = `
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
const args = { TOKEN: pulumi.secret("hunter2-of-the-test"), LINE: "1" };
const image = new docker.Image("small", { imageName: "${NAME}", skipPush: true, build: { context: "context", args } });
export const reference = image.imageName;
`;

/** A Pulumi project of its own, with a state of its own, on the lab's BuildKit. */
let directory: string;
let cache: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "lab-provider-"));
  cache = join(directory, "cache");
  for (const folder of ["context", "state", "cache"]) mkdirSync(join(directory, folder));
  symlinkSync(join(projectRoot(), "node_modules"), join(directory, "node_modules"));
  write("Pulumi.yaml", "name: provider-test\nruntime: nodejs\nmain: index.ts\n");
  write("package.json", "{}");
  // What is looked at here is what the program does, not the types of a whole SDK, which would be checked at each run.
  write(
    "tsconfig.json",
    JSON.stringify({ compilerOptions: { module: "commonjs", esModuleInterop: true, noCheck: true } }),
  );
  write("index.ts", PROGRAM);
  const step = 'RUN --mount=type=secret,id=TOKEN echo "token $(cat /run/secrets/TOKEN)"';
  write("context/Dockerfile", `FROM debian:bookworm-slim\nCOPY line /line\n${step}\n`);
  // Another one each time: what an earlier run of these tests has built would be taken from BuildKit's cache, and show nothing.
  write("context/line", `one ${Date.now()}`);
  await pulumi("stack", "init", "test");
});

afterAll(async () => {
  await pulumi("destroy", "--yes", "--skip-preview").catch(() => undefined);
  for (const name of await stored()) await ctr("images", "rm", name);
  rmSync(directory, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  writeFileSync(join(directory, path), text);
}

async function pulumi(...args: string[]): Promise<Output> {
  const state = { PULUMI_BACKEND_URL: `file://${directory}/state`, PULUMI_CONFIG_PASSPHRASE: "test", LAB_CACHE: cache };
  const env = { ...(await labEnv()), ...state, PULUMI_CONFIG_PASSPHRASE_FILE: undefined };
  return run("pulumi", [...args, "--non-interactive"], { cwd: directory, env });
}

/** Runs `pulumi up` and resolves with its output. */
async function up(...args: string[]): Promise<string> {
  return (await pulumi("up", "--yes", "--skip-preview", ...args)).stdout;
}

async function stored(): Promise<string[]> {
  return (await ctr("images", "ls", "--quiet")).split("\n").filter((name) => name.startsWith(`${NAME}:`));
}

async function reference(): Promise<string> {
  return (await pulumi("stack", "output", "reference")).stdout.trim();
}

test("preview builds nothing and knows what the image will be called", async () => {
  const { stdout } = await pulumi("preview");
  expect(stdout).toMatch(new RegExp(`reference: "${NAME}:[0-9a-f]{16}"`));
  expect(await stored()).toEqual([]);
  expect(await up()).toMatch(/\+ 2 created/);
  expect(stdout).toContain(await reference());
  expect(await stored()).toEqual([await reference()]);
});

test("a second time there is nothing to do", async () => {
  expect((await pulumi("preview", "--expect-no-changes")).stdout).toMatch(/2 unchanged/);
});

test("an image the store has lost is built again, with a refresh and without", async () => {
  const name = await reference();
  await ctr("images", "rm", name);
  await up();
  expect(await stored()).toEqual([name]);
  await ctr("images", "rm", name);
  await up("--refresh");
  expect(await stored()).toEqual([name]);
});

test("another content is another name; the one before stays for a way back, older ones go", async () => {
  const names = [await reference()];
  for (const line of ["two", "three"]) {
    write("context/line", `${line} ${Date.now()}`);
    await up();
    names.push(await reference());
  }
  expect(new Set(names).size).toBe(3);
  expect((await stored()).sort()).toEqual(names.slice(1).sort());
});

test("a secret argument is in no state and no log", () => {
  const files = ["state", "cache"].flatMap((folder) =>
    readdirSync(join(directory, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")),
  );
  expect(files.some((text) => text.includes("token ***"))).toBe(true);
  expect(files.filter((text) => text.includes("hunter2"))).toEqual([]);
});

test("a build that fails names the step, its output and the log", async () => {
  write("context/Dockerfile", "FROM debian:bookworm-slim\nRUN echo no such thing >&2; exit 3\n");
  const error = await up().then(() => undefined, String);
  expect(error).toBeDefined();
  const log = readFileSync(join(cache, "log", "image-lab.local-provider-test.log"), "utf8");
  expect(log).toContain("no such thing");
});

test("destroy leaves the images, for other stacks and the next time", async () => {
  const names = await stored();
  expect(names).toContain(await reference());
  await pulumi("destroy", "--yes", "--skip-preview");
  expect(await stored()).toEqual(names);
});
