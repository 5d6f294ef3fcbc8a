import { type Command, parse } from "../command";
import { hasHBaseShell, hbaseShell } from "../hbase-shell";
import { quietProgress } from "../quiet-progress";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";
import { runningPod } from "../workloads";

export const command: Command = {
  name: "shell",
  usage: `WORKLOAD ${TARGET_USAGE} [-- COMMAND…]`,
  summary: "a shell in a workload's pod, or one command there",
  details: "lab shell hbase starts HBase's shell, in a pod of its own that is removed afterwards.",
  async run(args) {
    const cut = args.includes("--") ? args.indexOf("--") : args.length;
    const { words, options } = parse(command, args.slice(0, cut), TARGET_OPTIONS, { min: 1, max: 1 });
    const [workload = ""] = words;
    const { kube } = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    const typed = args.slice(cut + 1);
    const terminal = process.stdin.isTTY ? ["--stdin", "--tty"] : ["--stdin"];
    if (workload === "hbase" && (await hasHBaseShell(kube))) return hbaseShell(kube, terminal, typed);
    const pod = await runningPod(kube, workload);
    return kube.inherited(["exec", ...terminal, pod.metadata.name, "--", ...(typed.length > 0 ? typed : ["/bin/sh"])]);
  },
};
