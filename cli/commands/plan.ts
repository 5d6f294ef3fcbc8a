import { findCluster } from "../../cluster/embedded";
import { ADDITION_OPTIONS, ADDITION_USAGE, changedAdditions, rememberedAdditions } from "../additions";
import { capacityOf, capacityTable } from "../capacity";
import { type Command, EXIT, parse } from "../command";
import { offeredBy } from "../offer";
import { readStackFile } from "../stack-config";
import { DEFAULT_STACK, planFor } from "../target";

export const command: Command = {
  name: "plan",
  usage: `[STACK] ${ADDITION_USAGE} [--json]`,
  summary: "what a stack will ask for, against what there is; offline",
  details: [
    "Compares with the embedded cluster's machine; needs no cluster, no toolchain and no network.",
    "--with and --without show what lab up would ask for with them; nothing is remembered.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(command, args, { ...ADDITION_OPTIONS, json: { type: "boolean" } }, { max: 1 });
    const stack = words[0] ?? DEFAULT_STACK;
    const additions = changedAdditions(readStackFile(stack), rememberedAdditions(stack), options);
    const plan = planFor(stack, undefined, additions);
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
