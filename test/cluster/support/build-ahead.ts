import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachePath, projectRoot } from "../../../cluster/core/paths";
import { TEST_RUN } from "./test-run";

/** What is built beside the tests of stack lab. */
export const BUILD_AHEAD = ["build", "lambda", "smartcar", "--with", "notebook"];

/** A file of the build that outlives the test which began it. */
function file(ending: "run" | "out" | "code"): string {
  return join(cachePath("test"), `build-ahead.${ending}`);
}

/** Starts the build as a process that goes on when this test file has ended. */
export function beginBuild(): void {
  mkdirSync(cachePath("test"), { recursive: true });
  for (const ending of ["run", "out", "code"] as const) rmSync(file(ending), { force: true });
  writeFileSync(file("run"), TEST_RUN);
  const script = 'out=$1 code=$2; shift 2; "$@" >"$out" 2>&1; echo $? >"$code"';
  const args = ["-c", script, "sh", file("out"), file("code"), join(projectRoot(), "lab"), ...BUILD_AHEAD];
  spawn("sh", args, { detached: true, stdio: "ignore" }).unref();
}

/** Whether this very test run has begun it. */
export function buildHasBegun(): boolean {
  return read("run") === TEST_RUN;
}

/** All that the build has said so far. */
export function buildSaid(): string {
  return read("out");
}

/** The build's exit code, once it has ended. */
export function buildEnded(): number | undefined {
  const code = read("code").trim();
  return code === "" ? undefined : Number(code);
}

function read(ending: "run" | "out" | "code"): string {
  return existsSync(file(ending)) ? readFileSync(file(ending), "utf8") : "";
}
