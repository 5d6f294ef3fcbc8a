import { SPARK_BATCH } from "../stacks/lambda-names";
import type { PipelineName, Settings } from "../stacks/settings";
import { EXIT } from "./command";
import { createJob, runJob } from "./job";
import type { Kube } from "./kube";
import { runNotebook } from "./run-notebook";

/** Offsets of a partition, as the job `agree` writes them. */
interface Range {
  readonly partition: number;
  readonly first: number;
}

/** What the job `agree` froze; all of it goes back to the job, and only this is looked into. */
export interface FrozenPlan {
  readonly run: string;
  /** The table that notebook 2 fills for this comparison. */
  readonly table?: string;
  readonly input: readonly Range[];
  readonly stages: readonly Range[];
  readonly day?: string;
}

/** A notebook, and the parameters it is run with. */
export interface NotebookRun {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a pipeline's jobs are compared with Spark in. */
const PARTS: Readonly<Partial<Record<PipelineName, readonly string[]>>> = {
  kappa: ["enrich", "aggregate"],
  lambda: ["enrich", "batch"],
};

/** Pipelines that Spark's notebooks know. */
export const COMPARED = Object.keys(PARTS);

const EVENTS = "events";
const STAGES = "events_stages";

/**
 * The notebooks to run for a plan. Each begins where the plan does and reads to the end there is then, which lies behind the
 * plan's: both sides see all that is compared.
 */
export function notebookRuns(
  pipeline: PipelineName,
  plan: FrozenPlan,
  { kappa }: Pick<Settings, "kappa">,
): NotebookRun[] {
  const catchUp = { mode: "catch-up" };
  const runs: Readonly<Record<string, NotebookRun>> = {
    enrich: {
      name: "1.pyspark-stream-stage",
      parameters: { ...catchUp, source_topic: EVENTS, starting_offsets: startOf(EVENTS, plan.input), run_id: plan.run },
    },
    aggregate: {
      name: "2.pyspark-stream-aggregate",
      parameters: {
        ...catchUp,
        source_topic: STAGES,
        starting_offsets: startOf(STAGES, plan.stages),
        window_seconds: String(kappa.windowSeconds),
        watermark_seconds: String(kappa.watermarkSeconds),
        sink_table: plan.table ?? "",
      },
    },
    batch: { name: "4.pyspark-batch-reindex", parameters: { day: plan.day ?? "", output: SPARK_BATCH } },
  };
  return (PARTS[pipeline] ?? []).flatMap((part) => runs[part] ?? []);
}

/** Offsets as Spark takes them. */
function startOf(topic: string, ranges: readonly Range[]): string {
  return JSON.stringify({ [topic]: Object.fromEntries(ranges.map(({ partition, first }) => [partition, first])) });
}

/**
 * Runs Spark's notebooks on what the jobs have worked on, and compares both. Resolves with the exit code. The comparison itself
 * removes the table that it has had filled; where it is not reached, or broken off, another run of the job does, for which nobody
 * has to wait.
 * @param overrides what was asked for on the command line
 */
export async function verifyAgainstSpark(
  kube: Kube,
  pipeline: PipelineName,
  settings: Settings,
  overrides: Readonly<Record<string, unknown>>,
  say: (line: string) => void,
): Promise<number> {
  const parts = PARTS[pipeline] ?? [];
  const { plan, code } = await frozen(kube, { ...overrides, parts }, say);
  if (plan === undefined) return code;
  try {
    for (const { name, parameters } of notebookRuns(pipeline, plan, settings)) {
      say(`running notebook ${name} …`);
      await runNotebook(kube, name, parameters);
    }
    return await runJob(kube, "agree", { ...overrides, parts, plan }, say);
  } catch (error) {
    if (plan.table !== undefined) {
      // A cluster that does not answer is why this was broken off: the next comparison removes what is left of old ones.
      await createJob(kube, "agree", { parts, plan, clean: true }, { unattended: true }).catch(() => undefined);
    }
    throw error;
  }
}

/** The plan the job prints as its last line. */
async function frozen(kube: Kube, overrides: Readonly<Record<string, unknown>>, say: (line: string) => void) {
  const lines: string[] = [];
  const code = await runJob(kube, "agree", overrides, (line) => lines.push(line));
  const plan = lines.map(planIn).find((found) => found !== undefined);
  if (code === 0 && plan !== undefined) return { plan, code };
  lines.forEach(say);
  return { plan: undefined, code: code === 0 ? EXIT.failed : code };
}

function planIn(line: string): FrozenPlan | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const found = JSON.parse(line) as Partial<FrozenPlan>;
    return found.run !== undefined && found.input && found.stages ? (found as FrozenPlan) : undefined;
  } catch {
    return undefined;
  }
}
