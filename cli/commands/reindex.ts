import { type Command, parse, usageFailure } from "../command";
import { runJob } from "../job";
import { quietProgress } from "../quiet-progress";
import { isDay } from "../seoul-time";
import { connect, planFor, requireCluster, requirePipeline, TARGET_OPTIONS, TARGET_USAGE } from "../target";

export const command: Command = {
  name: "reindex",
  usage: `DAY [--to DAY] ${TARGET_USAGE}`,
  summary: "replaces whole days of events_batch by what HDFS holds of them; late events and duplicates are settled",
  details: [
    "DAY is a day in Seoul, YYYY-MM-DD; with --to, every day up to that one, one after the other. Readers see the day as it",
    "was until all of it is replaced. Prints how many lines became rows and what became of the others; exit code 1 when they",
    "do not add up, or when a day could not be replaced and is as it was. Running it twice changes nothing.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(command, args, { ...TARGET_OPTIONS, to: { type: "string" } }, { min: 1, max: 1 });
    const [day = ""] = words;
    const { to } = options;
    for (const one of [day, ...(to === undefined ? [] : [to])]) {
      if (!isDay(one))
        throw usageFailure(command, `lab reindex: a day must be YYYY-MM-DD, a day there is, got "${one}"`);
    }
    if (to !== undefined && to < day) throw usageFailure(command, "lab reindex: --to must be DAY or later");
    const plan = requirePipeline(command, requireCluster(command, planFor(options.stack, options.context)), "lambda");
    const { kube } = await connect(plan, quietProgress());
    const overrides = { day, ...(to === undefined ? {} : { to }) };
    return runJob(kube, "reindex", overrides, (line) => process.stdout.write(`${line}\n`));
  },
};
