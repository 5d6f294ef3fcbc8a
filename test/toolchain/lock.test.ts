import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LabFailure } from "../../cluster/core/failure";
import { lockOwner, withLock } from "../../cluster/core/lock";
import { projectRoot } from "../../cluster/core/paths";
import { temporary } from "./module";

let directory: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = temporary();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A real process that tries `times` times to do `body` with the lock; resolves with its exit code. */
function contender(body: string, times = 1): Promise<number | null> {
  const program = `
    import { appendFileSync, closeSync, openSync, rmSync, writeFileSync } from "node:fs";
    import { withLock } from "${projectRoot()}/cluster/core/lock";
    const dead = { pid: 4194999, startedAt: "x", since: "", description: "" };
    const log = (line: string) => appendFileSync("${directory}/log", line + " " + process.pid + "\\n");
    const attempt = () => withLock("up", "lab up", async () => { ${body} }, { directory: "${directory}" });
    const all = async () => { for (let i = 0; i < ${times}; i += 1) await attempt().catch(() => undefined); };
    void all();`;
  const file = join(directory, `contender-${children.length}.ts`);
  writeFileSync(file, program);
  const child = spawn(process.execPath, ["--import", join(projectRoot(), "node_modules/tsx/dist/loader.mjs"), file]);
  children.push(child);
  return new Promise((resolve) => child.on("close", resolve));
}

function log(): string[] {
  const file = join(directory, "log");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("a second taker is told who holds the lock since when, and the lock is free afterwards", async () => {
  await withLock(
    "up",
    "lab up",
    async () => {
      const failure = await withLock("up", "lab up", async () => "inside", { directory }).catch((e: unknown) => e);
      expect(failure).toBeInstanceOf(LabFailure);
      expect((failure as LabFailure).message).toMatch(
        new RegExp(`^another \`lab up\` \\(pid ${process.pid}, since \\d\\d:\\d\\d\\) is running$`),
      );
    },
    { directory },
  );
  expect(lockOwner("up", { directory })).toBeUndefined();
  expect(readdirSync(directory)).toEqual([]);
});

test("a failure inside releases the lock", async () => {
  const failing = withLock("up", "lab up", () => Promise.reject(new Error("inside")), { directory });
  await expect(failing).rejects.toThrow("inside");
  expect(await withLock("up", "lab up", async () => "free", { directory })).toBe("free");
});

test("the lock of a process that was killed is taken over, that of a living one is not", async () => {
  const ended = contender('log("in"); await new Promise(() => setInterval(() => undefined, 1000));');
  await until(() => log().length > 0 && log()[0] !== "");
  await expect(withLock("up", "lab down", async () => "in", { directory })).rejects.toThrow("another `lab up`");
  children[0]?.kill("SIGKILL");
  await ended;
  expect(await withLock("up", "lab down", async () => "in", { directory })).toBe("in");
});

test("a number that the system has given to another process does not hold the lock", async () => {
  const owner = {
    pid: process.ppid,
    startedAt: "an earlier boot:1",
    since: new Date(0).toISOString(),
    description: "lab up",
  };
  writeFileSync(join(directory, "up.lock"), JSON.stringify(owner));
  expect(await withLock("up", "lab up", async () => "in", { directory })).toBe("in");
});

test.each(["", "{", "null", '{"pid":1}'])("a damaged lock file %j is taken over", async (text) => {
  writeFileSync(join(directory, "up.lock"), text);
  expect(await withLock("up", "lab up", async () => "in", { directory })).toBe("in");
});

test("processes that take over dead owners' locks all the time are inside one at a time", async () => {
  // Each leaves a dead owner's lock behind, so that every entry is a takeover, raced by the others.
  const crash = `
    const inside = "${directory}/inside";
    try { closeSync(openSync(inside, "wx")); } catch { log("two inside"); }
    await new Promise((resolve) => setTimeout(resolve, 1));
    rmSync(inside, { force: true });
    writeFileSync("${directory}/up.lock", JSON.stringify({ ...dead, since: String(Math.random()) }));
    log("entered");`;
  await Promise.all([1, 2, 3, 4].map(() => contender(crash, 150)));
  const lines = log().map((line) => line.replace(/ \d+$/, ""));
  expect(lines.filter((line) => line === "two inside")).toEqual([]);
  expect(lines.filter((line) => line === "entered").length).toBeGreaterThan(100);
});

test("a directory that cannot be written is one failure with a fix", async () => {
  writeFileSync(join(directory, "file"), "");
  const failure = await withLock("up", "lab up", async () => "in", { directory: join(directory, "file/below") }).catch(
    (error: unknown) => error,
  );
  expect((failure as LabFailure).describe()).toMatch(
    /^cannot write a lock in .*\(ENOTDIR\)\n {2}fix: run as root, or set LAB_CACHE/,
  );
});
