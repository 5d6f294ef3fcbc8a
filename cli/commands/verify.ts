import { PIPELINE_NAMES, type PipelineName } from "../../stacks/settings";
import { type Command, parse, usageFailure } from "../command";
import { type JobTemplate, runJob } from "../job";
import { quietProgress } from "../quiet-progress";
import { isDay, isWallTime } from "../seoul-time";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

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

export const command: Command = {
  name: "verify",
  usage: `[PIPELINE] [--from TIME] [--to TIME] [--day DAY] ${TARGET_USAGE}`,
  summary: "checks the numbers of a pipeline end to end; prints the rows that disagree (exit code 1)",
  details: [
    "kappa: recomputes the tables from the raw topic, independently of the jobs. TIME is Seoul wall time,",
    "'YYYY-MM-DD HH:MM:SS', the start included and the end not; without them, everything the topic still holds.",
    "lambda: compares HDFS, the topic, events_stages and events_batch, event by event, for DAY (YYYY-MM-DD in Seoul) or for",
    "every day HDFS holds.",
    "smartcar: compares the cars' own log with the topic, HBase, Redis and HDFS; TIME as for kappa, without them all that the",
    "cars still have, but for the last minute. Without PIPELINE, the first one of the stack.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(
      command,
      args,
      { ...TARGET_OPTIONS, from: { type: "string" }, to: { type: "string" }, day: { type: "string" } },
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
    const { kube } = await connect(plan, quietProgress());
    const given = Object.entries({ from, to, day }).filter(([, value]) => value !== undefined);
    return runJob(kube, JOBS[pipeline], Object.fromEntries(given), (line) => process.stdout.write(`${line}\n`));
  },
};

function isPipeline(word: string): word is PipelineName {
  return (PIPELINE_NAMES as readonly string[]).includes(word);
}
