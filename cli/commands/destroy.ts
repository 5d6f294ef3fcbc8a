import { createInterface } from "node:readline/promises";
import { LabFailure } from "../../cluster/core/failure";
import { withLock } from "../../cluster/core/lock";
import { cachePath } from "../../cluster/core/paths";
import { Progress } from "../../cluster/core/progress";
import { ensureToolchain } from "../../cluster/toolchain";
import { SIZES } from "../../stacks/sizes";
import { rememberAdditions } from "../additions";
import { despiteRemains } from "../broken-off";
import { type Command, EXIT, parse } from "../command";
import { clusterIdentity, isOfRemovedCluster } from "../deploy";
import { endWorkloads } from "../end-workloads";
import { interrupted, sleep } from "../interrupt";
import { leftovers } from "../leftovers";
import { Pulumi, type StateResource } from "../pulumi";
import { quietProgress } from "../quiet-progress";
import { connect, type Plan, planFor, requireCluster, type Target } from "../target";
import { Timings } from "../timings";

/** How long Kubernetes may take to clear away what Pulumi has deleted. */
const GONE_TIMEOUT_MS = 60_000;
const OPTIONS = {
  context: { type: "string" },
  yes: { type: "boolean", short: "y" },
  forget: { type: "boolean" },
} as const;

export const command: Command = {
  name: "destroy",
  usage: "[STACK] [--context NAME] [--yes] [--forget]",
  summary: "removes a stack with its data, and proves that nothing of it is left",
  details: [
    "A stack whose data is protected (prod) refuses. Stacks other than lab ask first; --yes answers.",
    "--forget drops only the stack's state, for a cluster that is gone; no cluster is touched.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(command, args, OPTIONS, { max: 1 });
    // What was added decides nothing here, and must keep nobody from it who has changed the stack's file since.
    const plan = options.forget
      ? planFor(words[0], undefined, [])
      : requireCluster(command, planFor(words[0], options.context, []));
    return withLock("lab", `lab destroy${words[0] ? ` ${words[0]}` : ""}`, () =>
      options.forget ? forget(plan, options.yes ?? false) : destroy(plan, options.yes ?? false),
    );
  },
};

/** Whether the stack has made the namespace: what is in another is nobody's to end. Pure. */
export function ownsNamespace(resources: readonly StateResource[], namespace: string): boolean {
  return resources.some(
    ({ type, outputs }) =>
      type === "kubernetes:core/v1:Namespace" &&
      (outputs?.metadata as { name?: string } | undefined)?.name === namespace,
  );
}

/** Resources that refuse to be deleted, as `type name`. Pure. */
export function protectedResources(resources: readonly StateResource[]): string[] {
  return resources
    .filter((r) => r.protect)
    .map(({ urn, type }) => `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`);
}

async function forget({ file, context }: Plan, yes: boolean): Promise<number> {
  // The same provider as `lab up` has used for this stack; the rest of the embedded cluster is not needed.
  const use = { kubernetes: false, ownDockerProvider: context === undefined };
  const toolchain = await ensureToolchain(quietProgress(), use, interrupted);
  const pulumi = new Pulumi(file, { toolPath: toolchain.path, kubeconfig: "/dev/null" });
  if (!(await pulumi.init())) {
    if (!yes) await confirm(file.stack, (await pulumi.resources()).length);
    await pulumi.forget();
  }
  rememberAdditions(file.stack, []);
  process.stdout.write(`the state of stack ${file.stack} is forgotten; no cluster was touched\n`);
  return EXIT.ok;
}

async function destroy(plan: Plan, yes: boolean): Promise<number> {
  const timings = new Timings();
  const progress = new Progress();
  const target = await connect(plan, progress);
  const pulumi = new Pulumi(target.file, target.world);
  const { stack } = target.file;
  await pulumi.init();
  const resources = await pulumi.resources();
  const kept = protectedResources(resources);
  if (kept.length > 0) {
    throw new LabFailure(`stack ${stack} holds protected data and is not destroyed: ${kept.join(", ")}`, {
      fix: 'if it really must go: eval "$(lab env)"; pulumi state unprotect --all, then lab destroy again',
    });
  }
  if (plan.settings.size !== "lab" && !yes) await confirm(stack, resources.length);
  const { size } = plan.settings;
  const despite = <T>(attempt: () => Promise<T>) =>
    despiteRemains(pulumi, false, attempt, progress.note.bind(progress));
  const quick =
    size === "lab" &&
    ownsNamespace(resources, plan.settings.namespace) &&
    !isOfRemovedCluster(target, await clusterIdentity(target));
  if (quick) {
    await timings.time("workloads", () =>
      progress.step("ending servers and jobs", async (report) => {
        report("asking Pulumi whether it can destroy the stack");
        await despite(() => pulumi.previewDestroy());
        await endWorkloads(target.kube, report);
      }),
    );
  }
  const summary = await timings.time("stack", () =>
    progress.step(`destroying stack ${stack}`, async (report) => {
      const done = await despite(() => pulumi.destroy(report, quick));
      report(done || "there was nothing");
      return done;
    }),
  );
  if (!SIZES[size].keepData) await timings.time("proof", () => prove(target, progress));
  rememberAdditions(stack, []);
  timings.record(`destroy ${stack}`);
  process.stdout.write(
    `stack ${stack} is gone (${summary || "nothing was deployed"}); nothing of it is left in the cluster but its images\n`,
  );
  process.stderr.write(`${timings.summary()}\n`);
  return EXIT.ok;
}

async function prove({ kube, context }: Target, progress: Progress): Promise<void> {
  await progress.step("nothing left", async (report) => {
    const directory = context === undefined ? cachePath("cluster", "volumes") : undefined;
    const deadline = Date.now() + GONE_TIMEOUT_MS;
    for (;;) {
      const left = await leftovers(kube, directory);
      if (left.length === 0) return report("no namespace, no volume, no directory");
      if (Date.now() > deadline) {
        throw new LabFailure(`the stack is destroyed, but this is left: ${left.join(", ")}`, {
          fix: "lab destroy again; lab status shows whether the cluster is well",
        });
      }
      report(`waiting for ${left.join(", ")}`);
      await sleep(500);
    }
  });
}

async function confirm(stack: string, count: number): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new LabFailure(`stack ${stack} is not the lab: say --yes to destroy its ${count} resources and their data`, {
      exitCode: EXIT.usage,
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Destroy stack ${stack}, ${count} resources and their data? Type its name: `);
  terminal.close();
  if (answer.trim() !== stack) throw new LabFailure("nothing was changed");
}
