import { LabFailure } from "../../cluster/core/failure";
import { withLock } from "../../cluster/core/lock";
import { Progress } from "../../cluster/core/progress";
import { type Command, EXIT, parse, usageFailure } from "../command";
import { seconds } from "../duration";
import { sleep } from "../interrupt";
import { removeJob, startJob } from "../job";
import type { Kube, KubeObject } from "../kube";
import { connect, type Plan, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

/** What the job logs when every record that was there at its start is counted. */
const CAUGHT_UP = "recovery has caught up";
const OPTIONS = {
  ...TARGET_OPTIONS,
  watermark: { type: "string" },
  stop: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
} as const;

export const command: Command = {
  name: "recover",
  usage: `[--watermark 60m] [--stop] [--yes] ${TARGET_USAGE}`,
  summary: "counts the whole topic anew into events_users_v2, with a longer watermark",
  details: [
    "Returns when everything that was there at the start is counted. The job then keeps v2 up to date, so that readers can",
    "be switched to it at any time (lab cutover v2) and stay there; --stop ends it. Without --watermark the stack's own",
    "setting (kappa.recoveryWatermarkSeconds) is used; less than the stack's own watermark is refused. v1 is never written.",
    "On stacks of other sizes than lab --yes is asked for: the table is emptied first.",
  ].join("\n"),
  async run(args) {
    const { options } = parse(command, args, OPTIONS);
    const watermarkSeconds = options.watermark === undefined ? undefined : seconds(options.watermark);
    if (options.watermark !== undefined && watermarkSeconds === undefined) {
      throw usageFailure(command, `lab recover: --watermark must be like 90s, 60m or 2h, got "${options.watermark}"`);
    }
    const plan = requireCluster(command, planFor(options.stack, options.context));
    const { watermarkSeconds: least } = plan.settings.kappa;
    if (watermarkSeconds !== undefined && watermarkSeconds < least) {
      throw usageFailure(
        command,
        `lab recover: --watermark must be at least the stack's own watermark, ${least} s, got "${options.watermark}"`,
      );
    }
    if (plan.settings.size !== "lab" && !options.stop && !options.yes) {
      throw new LabFailure(
        `stack ${plan.file.stack} is not the lab: say --yes to empty events_users_v2 and count it anew`,
        {
          exitCode: EXIT.usage,
        },
      );
    }
    return withLock("lab", "lab recover", () => recover(plan, watermarkSeconds, options.stop ?? false));
  },
};

async function recover(plan: Plan, watermarkSeconds: number | undefined, stop: boolean): Promise<number> {
  const progress = new Progress();
  const { kube } = await connect(plan, progress);
  const older = (await kube.list<KubeObject>("jobs", "app.kubernetes.io/name=recover")).map((job) => job.metadata.name);
  if (stop) {
    for (const job of older) await removeJob(kube, job);
    process.stdout.write(
      older.length > 0 ? "the recovery is stopped; v2 keeps what it has\n" : "no recovery was running\n",
    );
    return EXIT.ok;
  }
  const window = watermarkSeconds === undefined ? {} : { window: { watermarkSeconds } };
  await progress.step("recovery into events_users_v2", async (report) => {
    const { job, pod } = await startJob(kube, "recover", window, { lasting: true });
    report(job);
    try {
      await caughtUp(kube, pod, report);
    } catch (error) {
      await removeJob(kube, job);
      throw error;
    }
    // The older one keeps v2 as it was until the new one has taken over; from then on it has nothing to do.
    for (const name of older) await removeJob(kube, name);
    report("caught up");
  });
  process.stdout.write("events_users_v2 is complete and kept up to date; switch readers to it with: lab cutover v2\n");
  return EXIT.ok;
}

async function caughtUp(kube: Kube, pod: string, report: (detail: string) => void): Promise<void> {
  interface Ended {
    status?: { containerStatuses?: { state?: { terminated?: { exitCode: number } } }[] };
  }
  for (;;) {
    const { stdout } = await kube.run(["logs", `pod/${pod}`]);
    if (stdout.includes(CAUGHT_UP)) return;
    const last = lastMessage(stdout);
    const { status } = await kube.get<Ended>([`pod/${pod}`]);
    const ended = status?.containerStatuses?.[0]?.state?.terminated;
    if (ended) throw new LabFailure(`the recovery ended with exit code ${ended.exitCode}: ${last}`);
    report(last);
    await sleep(1000);
  }
}

/** The text of the newest JSON line of a job's log. */
function lastMessage(log: string): string {
  const line = log.trimEnd().split("\n").at(-1) ?? "";
  try {
    return String((JSON.parse(line) as { message?: unknown }).message ?? line);
  } catch {
    return line;
  }
}
