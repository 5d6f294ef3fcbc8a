import { expect, test } from "vitest";
import { eventually, kubectl, kubectlRun } from "./support/lab";

/** What each job calls of all there is; the rest is closed. */
const EDGES: Readonly<Record<string, readonly string[]>> = {
  generate: ["kafka:9093"],
  enrich: ["kafka:9093"],
  aggregate: ["kafka:9093", "mysql:3306"],
};
const TARGETS = ["kafka:9093", "kafka-brokers:9094", "mysql:3306", "phpmyadmin:80", "kubernetes.default:443"];

/** Prints, from within a pod, which of the targets take a connection. */
const PROBE = `
const net = require("node:net");
Promise.all(${JSON.stringify(TARGETS)}.map((target) => new Promise((resolve) => {
  const [host, port] = target.split(":");
  const socket = net.connect({ host, port: Number(port), timeout: 3000 });
  const end = (open) => { socket.destroy(); resolve(open ? [target] : []); };
  socket.on("connect", () => end(true)).on("timeout", () => end(false)).on("error", () => end(false));
}))).then((open) => console.log(JSON.stringify(open.flat())));
`;

test.each(Object.entries(EDGES))("%s reaches what it calls, and nothing else", async (workload, allowed) => {
  const open = await eventually(`a pod of ${workload} answers`, 120, async () => {
    const { stdout } = await kubectlRun(["exec", "-i", `deployment/${workload}`, "--", "node", "-"], PROBE);
    return stdout;
  });
  expect(JSON.parse(open)).toEqual(allowed);
});

test("a pod that breaks Pod Security restricted is refused", async () => {
  const overrides = JSON.stringify({
    spec: { containers: [{ name: "root", image: "none", securityContext: { privileged: true } }] },
  });
  const refused = await kubectl("run", "root", "--image=none", "--dry-run=server", `--overrides=${overrides}`).then(
    () => "admitted",
    (error: unknown) => String(error),
  );
  expect(refused).toMatch(/violates PodSecurity "restricted/);
});
