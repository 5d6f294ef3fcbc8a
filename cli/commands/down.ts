import { rmdirSync } from "node:fs";
import { withLock } from "../../cluster/core/lock";
import { RUN_DIRECTORY } from "../../cluster/core/paths";
import { stopCluster } from "../../cluster/embedded";
import { type Command, EXIT, parse } from "../command";

/** `lab down`: stops the embedded cluster. */
export const command: Command = {
  name: "down",
  usage: "[--purge]",
  summary: "stop the embedded cluster; its data stays, unless --purge",
  details: [
    "Leaves no process, mount, network interface, route or firewall rule behind; `lab up` brings everything back.",
    "--purge removes its data as well: volumes, images, etcd. What was built (toolchain, base images) stays in the cache.",
  ].join("\n"),
  async run(args) {
    const { options } = parse(command, args, { purge: { type: "boolean" } });
    const purge = options.purge ?? false;
    // The same lock as `lab up` and `lab destroy`: nothing is stopped under their hands.
    const changed = await withLock("lab", "lab down", () => stopCluster({ purge }));
    removeIfEmpty(RUN_DIRECTORY); // the last lock in it is gone only now
    if (!changed) process.stdout.write("no embedded cluster runs here; nothing to do\n");
    return EXIT.ok;
  },
};

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // somebody else holds a lock in it, or it is gone
  }
}
