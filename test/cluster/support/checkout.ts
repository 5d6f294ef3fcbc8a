import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../cluster/core/paths";
import type { Ended } from "./lab";

const SOURCES = [
  "lab",
  "cli",
  "cluster",
  "components",
  "jobs",
  "notebooks",
  "stacks",
  "topologies",
  "Pulumi.yaml",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
];

/** A copy of the project that a test may change. */
export interface Checkout {
  readonly path: string;
  /** Runs the copy's ./lab, on the same lab as the original. */
  lab(...args: string[]): Promise<Ended>;
  remove(): void;
}

/** Copies the project's sources, with its installed packages. */
export function checkoutCopy(): Checkout {
  const path = mkdtempSync(join(tmpdir(), "lab-checkout-"));
  for (const name of SOURCES)
    cpSync(join(projectRoot(), name), join(path, name), { recursive: true, verbatimSymlinks: true });
  symlinkSync(join(projectRoot(), "node_modules"), join(path, "node_modules"));
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true }),
    lab: (...args) =>
      new Promise((resolve, reject) => {
        const child = spawn(join(path, "lab"), args, { stdio: ["ignore", "pipe", "pipe"] });
        let [stdout, stderr] = ["", ""];
        child.stdout.on("data", (chunk: Buffer) => {
          stdout += chunk.toString();
        });
        child.stderr.on("data", (chunk: Buffer) => {
          stderr += chunk.toString();
        });
        child.on("error", reject);
        child.on("close", (code) => resolve({ code, stdout, stderr }));
      }),
  };
}
