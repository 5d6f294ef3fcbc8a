import { type Command, EXIT, parse } from "../command";
import { endpointsOf } from "../endpoints";
import { quietProgress } from "../quiet-progress";
import { table } from "../table";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

export const command: Command = {
  name: "endpoints",
  usage: `[--json] ${TARGET_USAGE}`,
  summary: "where each server is reached, from inside and from here",
  async run(args) {
    const { options } = parse(command, args, { ...TARGET_OPTIONS, json: { type: "boolean" } });
    const target = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    const rows = await endpointsOf(target);
    const text = options.json
      ? JSON.stringify(rows, null, 2)
      : table(
          ["NAME", "INSIDE THE CLUSTER", "FROM HERE"],
          rows.map((r) => [r.name, r.inside, r.here]),
        );
    process.stdout.write(`${text}\n`);
    return EXIT.ok;
  },
};
