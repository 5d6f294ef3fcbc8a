import { type Command, parse, usageFailure } from "../command";
import { runJob } from "../job";
import { quietProgress } from "../quiet-progress";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

export const command: Command = {
  name: "cutover",
  usage: `v1|v2 ${TARGET_USAGE}`,
  summary: "switches readers (view events_users) to the recovered table or back, in one step",
  details: "v2 is refused until a recovery has caught up and its totals agree; v1 is always allowed.",
  async run(args) {
    const { words, options } = parse(command, args, TARGET_OPTIONS, { min: 1, max: 1 });
    const [to = ""] = words;
    if (to !== "v1" && to !== "v2") throw usageFailure(command, `lab cutover: v1 or v2, got "${to}"`);
    const { kube } = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    return runJob(kube, "cutover", { to }, (line) => process.stdout.write(`${line}\n`));
  },
};
