import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { projectRoot } from "../../cluster/core/paths";

/** A process of its own, e.g. a job bundled as in its image. */
export interface JobProcess {
  readonly child: ChildProcess;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** What it has written so far. */
  output(): string;
}

/** Bundles a job into `<directory>/<job>.js` and returns that path. */
export function bundleJob(job: string, directory: string): string {
  const outfile = join(directory, `${job}.js`);
  buildSync({
    entryPoints: [join(projectRoot(), "jobs", job, "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
  return outfile;
}

/** Starts a bundled job with its config written beside it. */
export function startJob(
  bundle: string,
  config: object,
  options: { node?: string; flags?: string[] } = {},
): JobProcess {
  const path = `${bundle}.${Math.random().toString(36).slice(2)}.json`;
  writeFileSync(path, JSON.stringify(config));
  const { node = process.execPath, flags = [] } = options;
  return startProcess(node, [...flags, bundle], { env: { JOB_CONFIG: path, NODE_OPTIONS: "" } });
}

/** Starts a command that does not outlive this process. @param options.env added to this process's */
export function startProcess(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): JobProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => chunks.push(String(chunk)));
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("exit", (code, signal) => {
      process.off("exit", killed);
      resolve(code ?? signal);
    }),
  );
  return { child, ended, output: () => chunks.join("") };
}
