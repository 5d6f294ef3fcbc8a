import { LabFailure } from "../../cluster/core/failure";
import { PIPELINE_NAMES, type PipelineName } from "../../stacks/settings";
import { COMPARED, verifyAgainstSpark } from "../against-spark";
import { type Command, EXIT, parse, usageFailure } from "../command";
import { type JobTemplate, runJob } from "../job";
import { quietProgress } from "../quiet-progress";
import { isDay, isWallTime } from "../seoul-time";
import { connect, DEFAULT_STACK, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

/** Options that narrow what is checked, by the pipelines they make sense for. */
const RANGES: Readonly<Record<PipelineName, readonly RangeOption[]>> = {
  kappa: ["from", "to"],
  lambda: ["day"],
  smartcar: ["from", "to"],
};
/** The job that checks a pipeline. */
const JOBS: Readonly<Record<PipelineName, JobTemplate>> = {
  kappa: "verify",
  lambda: "verify-lambda",
  smartcar: "verify-smartcar",
};

type RangeOption = "from" | "to" | "day";

/** Most records that the job `agree` takes: more would not fit its memory. */
export const MOST_RECORDS = 2_000_000;

export const command: Command = {
  name: "verify",
  usage: `[PIPELINE] [--from TIME] [--to TIME] [--day DAY] [--against spark [--records N]] ${TARGET_USAGE}`,
  summary: "checks the numbers of a pipeline end to end; prints the rows that disagree (exit code 1)",
  details: [
    "kappa: recomputes the tables from the raw topic, independently of the jobs. TIME is Seoul wall time,",
    "'YYYY-MM-DD HH:MM:SS', the start included and the end not; without them, everything the topic still holds.",
    "lambda: compares HDFS, the topic, events_stages and events_batch, event by event, for DAY (YYYY-MM-DD in Seoul) or for",
    "every day HDFS holds.",
    "smartcar: compares the cars' own log with the topic, HBase, Redis and HDFS; TIME as for kappa, without them all that the",
    "cars still have, but for the last minute. Without PIPELINE, the first one of the stack.",
    "--against spark runs the notebooks on what the jobs have worked on, and compares both: the newest N records (100 000) as enrich",
    "and as Spark made them, byte for byte, and the rows of their windows (kappa) or of a day (lambda: DAY, or the newest that",
    "has ended and was reindexed). Needs the notebook: lab up --with notebook.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(
      command,
      args,
      {
        ...TARGET_OPTIONS,
        from: { type: "string" },
        to: { type: "string" },
        day: { type: "string" },
        against: { type: "string" },
        records: { type: "string" },
      },
      { max: 1 },
    );
    const [word] = words;
    if (word !== undefined && !isPipeline(word)) {
      throw usageFailure(command, `unknown pipeline "${word}"; there are: ${PIPELINE_NAMES.join(", ")}`);
    }
    for (const name of ["from", "to"] as const) {
      const value = options[name];
      if (value !== undefined && !isWallTime(value)) {
        throw usageFailure(
          command,
          `lab verify: --${name} must be 'YYYY-MM-DD HH:MM:SS', a time there is, got "${value}"`,
        );
      }
    }
    const { from, to, day } = options;
    if (from !== undefined && to !== undefined && from >= to)
      throw usageFailure(command, "lab verify: --from must be before --to");
    if (day !== undefined && !isDay(day))
      throw usageFailure(command, `lab verify: --day must be YYYY-MM-DD, a day there is, got "${day}"`);
    const plan = requireCluster(command, planFor(options.stack, options.context));
    const pipeline = word ?? plan.settings.pipelines[0] ?? "kappa";
    if (!plan.settings.pipelines.includes(pipeline)) {
      const there = plan.settings.pipelines.join(", ");
      throw usageFailure(command, `lab verify: stack ${plan.file.stack} has no pipeline ${pipeline}; it has: ${there}`);
    }
    for (const name of ["from", "to", "day"] as const) {
      if (options[name] === undefined || RANGES[pipeline].includes(name)) continue;
      const others = PIPELINE_NAMES.filter((other) => RANGES[other].includes(name)).join(" and ");
      throw usageFailure(command, `lab verify: --${name} is for ${others}, not for ${pipeline}`);
    }
    const { against } = options;
    if (against !== undefined) refuseComparison(against, pipeline, from ?? to);
    const records = recordsOf(options.records, against);
    if (against !== undefined && plan.settings.notebook === undefined) {
      throw new LabFailure(`stack ${plan.file.stack} has no notebook, in which Spark would run`, {
        fix: `lab up${plan.file.stack === DEFAULT_STACK ? "" : ` ${plan.file.stack}`} --with notebook`,
        exitCode: EXIT.usage,
      });
    }
    const { kube } = await connect(plan, quietProgress());
    const given = Object.fromEntries(
      Object.entries({ from, to, day, records }).filter(([, value]) => value !== undefined),
    );
    const say = (line: string) => process.stdout.write(`${line}\n`);
    if (against !== undefined) return verifyAgainstSpark(kube, pipeline, plan.settings, given, say);
    return runJob(kube, JOBS[pipeline], given, say);
  },
};

/** How many records are to be compared; undefined when nobody said so. @throws LabFailure when that is no such number */
function recordsOf(given: string | undefined, against: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (against === undefined) throw usageFailure(command, "lab verify: --records is for --against spark");
  const records = /^\d+$/.test(given) ? Number(given) : 0;
  if (records < 1 || records > MOST_RECORDS) {
    throw usageFailure(command, `lab verify: --records must be 1 to ${MOST_RECORDS}, got "${given}"`);
  }
  return records;
}

/** @throws LabFailure when that cannot be compared */
function refuseComparison(against: string, pipeline: PipelineName, range: string | undefined): void {
  if (against !== "spark") {
    throw usageFailure(command, `lab verify: --against must be spark, got "${against}"`);
  }
  if (!COMPARED.includes(pipeline)) {
    throw usageFailure(command, `lab verify: --against spark is for ${COMPARED.join(" and ")}, not for ${pipeline}`);
  }
  if (range !== undefined) {
    throw usageFailure(
      command,
      "lab verify: --against spark compares the newest records; it takes no --from and no --to",
    );
  }
}

function isPipeline(word: string): word is PipelineName {
  return (PIPELINE_NAMES as readonly string[]).includes(word);
}
