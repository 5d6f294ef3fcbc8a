import { LabFailure } from "../../cluster/core/failure";

import { type Command, EXIT, parse, usageFailure } from "../command";
import { interrupted } from "../interrupt";
import type { KubeObject } from "../kube";
import { quietProgress } from "../quiet-progress";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

interface ServiceObject extends KubeObject {
  readonly spec: { readonly ports?: readonly { readonly port: number }[] };
}

export const command: Command = {
  name: "open",
  usage: `NAME [--port N] ${TARGET_USAGE}`,
  summary: "makes a server reachable on a loopback port until Ctrl-C, and prints where",
  async run(args) {
    const { words, options } = parse(
      command,
      args,
      { ...TARGET_OPTIONS, port: { type: "string" } },
      { min: 1, max: 1 },
    );
    const [name = ""] = words;
    const localPort = Number(options.port ?? 0);
    if (!Number.isInteger(localPort) || localPort < 0 || localPort > 65_535) {
      throw usageFailure(command, `lab open: --port must be a port number, got "${options.port}"`);
    }
    const { kube } = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    const services = await kube.list<ServiceObject>("services");
    const port = services.find((s) => s.metadata.name === name)?.spec.ports?.[0]?.port;
    if (port === undefined) {
      const known = services.map((s) => s.metadata.name).join(", ") || "none";
      throw new LabFailure(`nothing called "${name}" to open; there are: ${known}`, { exitCode: EXIT.usage });
    }
    return kube.forwarded(
      `service/${name}`,
      port,
      async (local) => {
        process.stdout.write(`${port === 80 ? `http://127.0.0.1:${local}/` : `127.0.0.1:${local}`}\n`);
        process.stderr.write("open until Ctrl-C\n");
        await new Promise<void>((resolve) => interrupted.addEventListener("abort", () => resolve(), { once: true }));
        return EXIT.ok;
      },
      localPort,
    );
  },
};
