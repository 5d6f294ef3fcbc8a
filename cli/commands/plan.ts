import { findCluster } from "../../cluster/embedded";
import { capacityOf, capacityTable } from "../capacity";
import { type Command, EXIT, parse } from "../command";
import { offeredBy } from "../offer";
import { planFor } from "../target";

export const command: Command = {
  name: "plan",
  usage: "[STACK] [--json]",
  summary: "what a stack will ask for, against what there is; offline",
  details: "Compares with the embedded cluster's machine; needs no cluster, no toolchain and no network.",
  async run(args) {
    const { words, options } = parse(command, args, { json: { type: "boolean" } }, { max: 1 });
    const plan = planFor(words[0]);
    const capacity = await capacityOf(plan);
    if (options.json) {
      process.stdout.write(`${JSON.stringify(capacity, null, 2)}\n`);
      return EXIT.ok;
    }
    const running = plan.context === undefined && (await findCluster()) !== undefined;
    process.stdout.write(`${capacityTable(capacity)}\n${offeredBy(capacity, running)}\n`);
    return EXIT.ok;
  },
};
