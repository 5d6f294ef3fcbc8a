import { type Command, EXIT, parse, usageFailure } from "../command";
import { credentialsOf } from "../credentials";
import { quietProgress } from "../quiet-progress";
import { table } from "../table";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE, typedFor } from "../target";

export const command: Command = {
  name: "credentials",
  usage: `[USER] ${TARGET_USAGE}`,
  summary: "who may log in where; with USER, that user's password and nothing else",
  async run(args) {
    const { words, options } = parse(command, args, TARGET_OPTIONS, { max: 1 });
    const [user] = words;
    const plan = requireCluster(command, planFor(options.stack, options.context));
    const credentials = credentialsOf(plan.settings);
    if (user === undefined) {
      const rows = credentials.map((c) => [c.server, c.user, typedFor(plan.file.stack, `lab credentials ${c.user}`)]);
      process.stdout.write(`${table(["SERVER", "USER", "ITS PASSWORD"], rows)}\n`);
      return EXIT.ok;
    }
    const found = credentials.find((c) => c.user === user);
    if (!found) {
      throw usageFailure(command, `unknown user "${user}"; there are: ${credentials.map((c) => c.user).join(", ")}`);
    }
    const { kube } = await connect(plan, quietProgress());
    process.stdout.write(`${await kube.secret(found.secret, found.key)}\n`);
    return EXIT.ok;
  },
};
