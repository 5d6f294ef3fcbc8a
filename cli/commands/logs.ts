import { type Command, parse, usageFailure } from "../command";
import { quietProgress } from "../quiet-progress";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";
import { podsOfWorkload } from "../workloads";

const OPTIONS = {
  ...TARGET_OPTIONS,
  follow: { type: "boolean", short: "f" },
  previous: { type: "boolean", short: "p" },
  tail: { type: "string" },
} as const;

export const command: Command = {
  name: "logs",
  usage: `WORKLOAD [-f] [--previous] [--tail N] ${TARGET_USAGE}`,
  summary: "output of a workload's pods",
  details:
    "-f goes on as it comes; --previous shows the containers before their last restart; --tail N lines of each pod (100)",
  async run(args) {
    const { words, options } = parse(command, args, OPTIONS, { min: 1, max: 1 });
    const [workload = ""] = words;
    if (options.tail !== undefined && !/^\d{1,9}$/.test(options.tail)) {
      throw usageFailure(command, `lab logs: --tail must be a number of lines, got "${options.tail}"`);
    }
    const { kube } = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    const pods = await podsOfWorkload(kube, workload);
    return kube.inherited([
      "logs",
      `--selector=app.kubernetes.io/name=${workload}`,
      "--all-containers",
      `--tail=${options.tail ?? "100"}`,
      `--max-log-requests=${Math.max(5, pods.length)}`,
      ...(pods.length > 1 ? ["--prefix"] : []),
      ...(options.follow ? ["--follow"] : []),
      ...(options.previous ? ["--previous"] : []),
    ]);
  },
};
