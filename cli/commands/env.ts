import { type Command, EXIT, parse } from "../command";
import { preparePulumi, pulumiEnvironment } from "../pulumi";
import { quietProgress } from "../quiet-progress";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

export const command: Command = {
  name: "env",
  usage: TARGET_USAGE,
  summary: 'prints the environment for pulumi and kubectl by hand: eval "$(lab env)"',
  async run(args) {
    const { options } = parse(command, args, TARGET_OPTIONS);
    const target = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    preparePulumi();
    const { PATH, ...others } = pulumiEnvironment(target.world);
    const lines = Object.entries(others).map(([key, value]) => `export ${key}=${quote(value)}`);
    const path = target.world.toolPath;
    process.stdout.write(`${[...(PATH ? [`export PATH=${quote(path)}:"$PATH"`] : []), ...lines].join("\n")}\n`);
    return EXIT.ok;
  },
};

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
