import { PIPELINE_NAMES } from "../../stacks/settings";
import { type Command, parse, usageFailure } from "../command";
import { runJob } from "../job";
import { quietProgress } from "../quiet-progress";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

export const command: Command = {
  name: "verify",
  usage: `[PIPELINE] [--from TIME] [--to TIME] ${TARGET_USAGE}`,
  summary: "checks the numbers of a pipeline end to end; prints the rows that disagree (exit code 1)",
  details: [
    "Recomputes the tables from the raw topic, independently of the jobs. TIME is Seoul wall time, 'YYYY-MM-DD HH:MM:SS',",
    "the start included and the end not; without them, everything the topic still holds.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(
      command,
      args,
      { ...TARGET_OPTIONS, from: { type: "string" }, to: { type: "string" } },
      { max: 1 },
    );
    const [pipeline = "kappa"] = words;
    if (!(PIPELINE_NAMES as readonly string[]).includes(pipeline)) {
      throw usageFailure(command, `unknown pipeline "${pipeline}"; there are: ${PIPELINE_NAMES.join(", ")}`);
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
    const { from, to } = options;
    if (from !== undefined && to !== undefined && from >= to)
      throw usageFailure(command, "lab verify: --from must be before --to");
    const { kube } = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    const overrides = { ...(from !== undefined ? { from } : {}), ...(to !== undefined ? { to } : {}) };
    return runJob(kube, "verify", overrides, (line) => process.stdout.write(`${line}\n`));
  },
};

/** Whether a text is `YYYY-MM-DD HH:MM:SS`. Date.parse takes 31 February for 3 March: only what comes back unchanged is a time. */
function isWallTime(text: string): boolean {
  const ms = Date.parse(`${text.replace(" ", "T")}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19).replace("T", " ") === text;
}
