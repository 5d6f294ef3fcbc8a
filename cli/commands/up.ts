import { createInterface } from "node:readline/promises";
import { LabFailure } from "../../cluster/core/failure";
import { withLock } from "../../cluster/core/lock";
import { Progress } from "../../cluster/core/progress";
import { findCluster, startCluster } from "../../cluster/embedded";
import { ensureToolchain } from "../../cluster/toolchain";
import {
  ADDITION_OPTIONS,
  ADDITION_USAGE,
  type Addition,
  changedAdditions,
  rememberAdditions,
  rememberedAdditions,
} from "../additions";
import { capacityOf } from "../capacity";
import { type Command, EXIT, parse } from "../command";
import { credentialsOf } from "../credentials";
import { deploy } from "../deploy";
import { endpointsOf } from "../endpoints";
import { type Proof, waitForFlow } from "../flow";
import { interrupted } from "../interrupt";
import { requireRoom, requireRoot, thisMachine } from "../preflight";
import { Pulumi } from "../pulumi";
import { readStackFile } from "../stack-config";
import { table } from "../table";
import {
  connectTo,
  DEFAULT_STACK,
  type Plan,
  planFor,
  requireCluster,
  type Target,
  targetOn,
  typedFor,
} from "../target";
import { Timings } from "../timings";

export const command: Command = {
  name: "up",
  usage: `[STACK] ${ADDITION_USAGE} [--context NAME] [--yes]`,
  summary: "brings a stack up (default: lab) and waits until data flows; does again only what is missing",
  details: [
    "Without --context (and without `context` in the stack's file) the stack runs on the embedded Kubernetes, which is",
    "built and started as needed (Linux, root). With it, the named context of your kubeconfig is used and nothing on this",
    "machine is started. Stacks of other sizes than lab show a preview and ask first; --yes answers.",
    "--with notebook adds JupyterLab with Spark to a stack with kappa or lambda, until --without notebook or lab destroy.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(
      command,
      args,
      { ...ADDITION_OPTIONS, context: { type: "string" }, yes: { type: "boolean", short: "y" } },
      { max: 1 },
    );
    const stack = words[0] ?? DEFAULT_STACK;
    const additions = changedAdditions(readStackFile(stack), rememberedAdditions(stack), options);
    const plan = requireCluster(command, planFor(stack, options.context, additions));
    if (plan.context === undefined) requireRoot({ platform: process.platform, uid: process.getuid?.() ?? -1 });
    return withLock("lab", `lab up${words[0] ? ` ${words[0]}` : ""}`, () => up(plan, additions, options.yes ?? false));
  },
};

async function up(plan: Plan, additions: readonly Addition[], yes: boolean): Promise<number> {
  const timings = new Timings();
  const progress = new Progress();
  try {
    const target = await clusterFor(plan, progress, timings);
    if (plan.settings.size !== "lab" && !yes) await confirm(target, progress);
    // Now it is meant; and what breaks off half-way is already what every other command must look for.
    rememberAdditions(plan.file.stack, additions);
    const { notes } = await timings.time("stack", () =>
      progress.step(`stack ${plan.file.stack}`, async (report) => {
        const deployed = await deploy(target, report);
        report(deployed.summary);
        return deployed;
      }),
    );
    for (const note of notes) progress.note(note);
    const proofs = await timings.time("data", () =>
      progress.step("data flows", (report) => waitForFlow(target.kube, plan.settings, report)),
    );
    process.stdout.write(await summary(target, proofs));
    process.stderr.write(`${timings.summary()}\n`);
    return EXIT.ok;
  } finally {
    timings.record(`up ${plan.file.stack}`);
  }
}

async function clusterFor(plan: Plan, progress: Progress, timings: Timings): Promise<Target> {
  const { context } = plan;
  if (context !== undefined) return timings.time("cluster", () => connectTo(plan, context, progress));
  if (!(await findCluster())) {
    const { total } = await capacityOf(plan);
    requireRoom(thisMachine(), total.memoryMiB + total.transientMemoryMiB);
  }
  const toolchain = await timings.time("toolchain", () => ensureToolchain(progress, {}, interrupted));
  const cluster = await timings.time("cluster", () => startCluster(toolchain, progress));
  return targetOn(plan, { toolPath: toolchain.path, ...cluster });
}

/** Shows what would change and asks, where data of others may be at stake. */
async function confirm(target: Target, progress: Progress): Promise<void> {
  const { stack } = target.file;
  const { stdout } = await progress.step(`preview of stack ${stack}`, async () => {
    const pulumi = new Pulumi(target.file, target.world);
    await pulumi.init();
    return pulumi.preview();
  });
  process.stderr.write(`${stdout.trim()}\n`);
  if (!process.stdin.isTTY)
    throw new LabFailure(`stack ${stack} is not the lab: say --yes to change it`, { exitCode: EXIT.usage });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Bring stack ${stack} to this state? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new LabFailure("nothing was changed");
}

async function summary(target: Target, proofs: readonly Proof[]): Promise<string> {
  const endpoints = await endpointsOf(target);
  const password = (user: string) => typedFor(target.file.stack, `lab credentials ${user}`);
  return [
    "",
    table(
      ["NAME", "INSIDE THE CLUSTER", "FROM HERE"],
      endpoints.map((e) => [e.name, e.inside, e.here]),
    ),
    "",
    table(
      ["SERVER", "USER", "ITS PASSWORD"],
      credentialsOf(target.settings).map((c) => [c.server, c.user, password(c.user)]),
    ),
    "",
    ...proofs.flatMap(({ title, header, rows }) => [`${title}:`, table(header, rows), ""]),
    "",
  ].join("\n");
}
