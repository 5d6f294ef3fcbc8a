import { LabFailure } from "../../cluster/core/failure";
import { type Command, EXIT, parse, usageFailure } from "../command";
import { NOTEBOOK } from "../credentials";
import { pagePath, type ServiceObject, webPort, webUrl } from "../endpoints";
import { interrupted } from "../interrupt";
import { quietProgress } from "../quiet-progress";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE } from "../target";

export const command: Command = {
  name: "open",
  usage: `NAME[:PORT] [--port N] ${TARGET_USAGE}`,
  summary: "makes a server reachable on a loopback port until Ctrl-C, and prints where",
  details:
    "Without :PORT the server's web page, where it has one, else its first port. --port is the one on this machine. The\n" +
    "address of the notebook holds its token: who has it is in.",
  async run(args) {
    const { words, options } = parse(
      command,
      args,
      { ...TARGET_OPTIONS, port: { type: "string" } },
      { min: 1, max: 1 },
    );
    const [name = "", remotePort] = words[0]?.split(":") ?? [];
    const localPort = Number(options.port ?? 0);
    if (!Number.isInteger(localPort) || localPort < 0 || localPort > 65_535) {
      throw usageFailure(command, `lab open: --port must be a port number, got "${options.port}"`);
    }
    const { kube } = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    const services = await kube.list<ServiceObject>("services");
    const ports = services.find((s) => s.metadata.name === name)?.spec.ports ?? [];
    const web = webPort(ports);
    const port =
      remotePort === undefined ? (web ?? ports[0]?.port) : ports.find((p) => `${p.port}` === remotePort)?.port;
    if (port === undefined) {
      const known = services.flatMap((s) => (s.spec.ports ?? []).map((p) => `${s.metadata.name}:${p.port}`)).join(", ");
      throw new LabFailure(`nothing called "${words[0]}" to open; there are: ${known || "none"}`, {
        exitCode: EXIT.usage,
      });
    }
    const token = name === NOTEBOOK.server && port === web ? await kube.secret(NOTEBOOK.secret, NOTEBOOK.key) : "";
    const page = pagePath(name, token);
    return kube.forwarded(
      `service/${name}`,
      port,
      async (local) => {
        process.stdout.write(`${port === web ? webUrl("127.0.0.1", local, page) : `127.0.0.1:${local}`}\n`);
        process.stderr.write("open until Ctrl-C\n");
        await new Promise<void>((resolve) => interrupted.addEventListener("abort", () => resolve(), { once: true }));
        return EXIT.ok;
      },
      localPort,
    );
  },
};
