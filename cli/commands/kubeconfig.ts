import { existsSync } from "node:fs";
import { LabFailure } from "../../cluster/core/failure";
import { cachePath } from "../../cluster/core/paths";
import { type Command, EXIT, parse } from "../command";

/** `lab kubeconfig`: the path alone, so that `KUBECONFIG=$(./lab kubeconfig)` works. */
export const command: Command = {
  name: "kubeconfig",
  usage: "",
  summary: "print the path of the embedded cluster's kubeconfig",
  details: "For example: KUBECONFIG=$(./lab kubeconfig) kubectl get pods --all-namespaces",
  async run(args) {
    parse(command, args, {});
    const path = cachePath("cluster", "kubeconfig");
    if (!existsSync(path)) {
      throw new LabFailure("there is no embedded cluster yet, so it has no kubeconfig", { fix: "./lab up" });
    }
    process.stdout.write(`${path}\n`);
    return EXIT.ok;
  },
};
