import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { LabFailure, messageOf } from "../cluster/core/failure";
import { cachePath } from "../cluster/core/paths";
import type { Progress } from "../cluster/core/progress";
import { run } from "../cluster/core/run";
import { findCluster } from "../cluster/embedded";
import { ensureToolchain } from "../cluster/toolchain";
import { EMBEDDED_CONTEXT, type PipelineName, readSettings, type Settings, STRUCTURED } from "../stacks/settings";
import { SIZES } from "../stacks/sizes";
import { type Addition, rememberedAdditions, withAdditions } from "./additions";
import { type Command, EXIT, usageFailure } from "./command";
import { interrupted } from "./interrupt";
import { Kube } from "./kube";
import type { PulumiWorld } from "./pulumi";
import { readStackFile, type StackFile, settingThatIsNoText, stringConfig, withContext } from "./stack-config";

/** The stack that runs on this machine when nobody says otherwise. */
export const DEFAULT_STACK = "lab";

/** A command as it must be typed to mean a stack. */
export function typedFor(stack: string, command: string): string {
  return stack === DEFAULT_STACK ? command : `${command} --stack ${stack}`;
}

/** Options of every command that talks to a stack's cluster. */
export const TARGET_OPTIONS = {
  stack: { type: "string", short: "s" },
  context: { type: "string" },
} as const;

/** How those options read in a usage line. */
export const TARGET_USAGE = "[--stack NAME] [--context NAME]";

/** A stack whose file and settings were checked, and the cluster it is meant for. Nothing was started yet. */
export interface Plan {
  readonly file: StackFile;
  readonly settings: Settings;
  /** Context of an existing cluster; undefined: the embedded one. */
  readonly context: string | undefined;
}

/** A stack and the cluster it runs on. */
export interface Target extends Plan {
  readonly kube: Kube;
  readonly world: PulumiWorld;
}

/**
 * Checks a stack's file and settings. `context` wins over what the file says.
 * @param additions what stands in the stack beside what its file says @default what `lab up --with` has added before
 * @throws LabFailure (exit code 2) with one line for the first thing that is wrong, in the file or with what is added to it
 */
export function planFor(stack: string = DEFAULT_STACK, context?: string, additions?: readonly Addition[]): Plan {
  const own = readStackFile(stack);
  const added = additions ?? rememberedAdditions(stack);
  const file = withAdditions(own, added);
  let settings = checkedSettings(own, own.path, "correct the file; nothing was changed");
  if (file !== own) {
    const [typed, taken] = ["--with", "--without"].map((option) => added.map((name) => `${option} ${name}`).join(" "));
    const fix = `lab up ${stack} ${taken} goes on without it; or correct the file; nothing was changed`;
    settings = checkedSettings(file, `${own.path} and lab up ${typed}`, fix);
  }
  if (context !== undefined) return { file: withContext(file, context), settings: { ...settings, context }, context };
  return { file, settings, context: settings.context === EMBEDDED_CONTEXT ? undefined : settings.context };
}

/** The settings of a stack's file. @param whose what a failure is about */
function checkedSettings(file: StackFile, whose: string, fix: string): Settings {
  try {
    const settings = readSettings(stringConfig(file.config), file.stack);
    const noText = settingThatIsNoText(file, STRUCTURED);
    if (noText) throw new Error(`config ${noText}: a text was expected; a number goes in quotes`);
    return settings;
  } catch (error) {
    throw new LabFailure(`${whose}: ${messageOf(error)}`, { fix, exitCode: EXIT.usage });
  }
}

/** Refuses the embedded cluster, which has one node, to a stack that must be spread over several. */
export function requireCluster(command: Command, plan: Plan): Plan {
  if (plan.context === undefined && SIZES[plan.settings.size].spread === "required") {
    throw usageFailure(
      command,
      `stack "${plan.file.stack}" (size ${plan.settings.size}) needs a cluster of several nodes: name one with --context`,
    );
  }
  return plan;
}

/** Refuses a stack without the pipeline that a command is about. */
export function requirePipeline(command: Command, plan: Plan, pipeline: PipelineName): Plan {
  if (!plan.settings.pipelines.includes(pipeline)) {
    throw usageFailure(
      command,
      `lab ${command.name}: stack ${plan.file.stack} has no pipeline ${pipeline}; name one with --stack`,
    );
  }
  return plan;
}

/** Finds the cluster a stack runs on, without starting anything. @throws LabFailure when it is not there */
export async function connect(plan: Plan, progress: Progress): Promise<Target> {
  if (plan.context !== undefined) return connectTo(plan, plan.context, progress);
  const cluster = await findCluster();
  if (!cluster) throw notRunning();
  const toolchain = await ensureToolchain(progress, {}, interrupted);
  return targetOn(plan, {
    toolPath: toolchain.path,
    kubeconfig: cluster.kubeconfig,
    buildkitAddress: cluster.buildkitAddress,
  });
}

/** The failure of commands that need the embedded cluster; a cache that was moved is named, for the lab may run in another. */
export function notRunning(env: NodeJS.ProcessEnv = process.env): LabFailure {
  if (!env.LAB_CACHE) return new LabFailure("the lab is not running", { fix: "lab up" });
  return new LabFailure(`no lab is running with LAB_CACHE=${env.LAB_CACHE}`, {
    fix: "lab up, or set LAB_CACHE to what it was when the lab was started",
  });
}

/** A target on a known cluster. */
export function targetOn(plan: Plan, world: PulumiWorld): Target {
  return { ...plan, world, kube: new Kube(world.toolPath, world.kubeconfig, plan.settings.namespace) };
}

/** An existing cluster, by its context: from then on a kubeconfig that holds this context alone is used. */
export async function connectTo(plan: Plan, context: string, progress: Progress): Promise<Target> {
  const installed = onPath("kubectl");
  const toolchain = await ensureToolchain(
    progress,
    { kubernetes: false, kubectl: installed === undefined },
    interrupted,
  );
  const env = { PATH: [toolchain.path, process.env.PATH ?? ""].join(delimiter) };
  const kubeconfig = cachePath("contexts", `${createHash("sha256").update(context).digest("hex").slice(0, 12)}.yaml`);
  let text: string;
  try {
    const args = ["config", "view", "--minify", "--flatten", "--raw", "--context", context];
    text = (await run("kubectl", args, { env })).stdout;
  } catch (error) {
    const { stdout } = await run("kubectl", ["config", "get-contexts", "--output=name"], { env });
    const known = stdout.trim().split("\n").filter(Boolean).join(", ") || "none";
    throw new LabFailure(`no context "${context}" in the kubeconfig; there are: ${known}`, {
      fix: "set KUBECONFIG to the file that holds it, or name another with --context",
      exitCode: EXIT.usage,
      cause: error,
    });
  }
  mkdirSync(dirname(kubeconfig), { recursive: true, mode: 0o700 });
  writeFileSync(kubeconfig, text, { mode: 0o600 });
  return targetOn(plan, { toolPath: toolchain.path, kubeconfig });
}

/** The first executable of that name on PATH. */
export function onPath(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
