import { type Command, parse } from "../command";
import { quietProgress } from "../quiet-progress";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";
import { runningPod } from "../workloads";

export const command: Command = {
  name: "shell",
  usage: `WORKLOAD ${TARGET_USAGE} [-- COMMAND…]`,
  summary: "a shell in a workload's pod, or one command there",
  async run(args) {
    const cut = args.includes("--") ? args.indexOf("--") : args.length;
    const { words, options } = parse(command, args.slice(0, cut), TARGET_OPTIONS, { min: 1, max: 1 });
    const [workload = ""] = words;
    const { kube } = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    const pod = await runningPod(kube, workload);
    const typed = args.slice(cut + 1);
    const terminal = process.stdin.isTTY ? ["--stdin", "--tty"] : ["--stdin"];
    return kube.inherited(["exec", ...terminal, pod.metadata.name, "--", ...(typed.length > 0 ? typed : ["/bin/sh"])]);
  },
};
