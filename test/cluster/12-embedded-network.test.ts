import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Progress } from "../../cluster/core/progress";
import { run } from "../../cluster/core/run";
import { findCluster, startCluster } from "../../cluster/embedded";
import { defaultLayout, NODE_ADDRESS } from "../../cluster/embedded/layout";
import { currentListeners, ownerOf } from "../../cluster/embedded/listeners";
import { clusterOf } from "../../cluster/embedded/process-identity";
import { ensureToolchain } from "../../cluster/toolchain";
import { CONNECT, MACHINE_ADDRESS, SERVE, STRANGER_ADDRESS, Stranger } from "./support/stranger";

const NAMESPACE = "lab-test-network";
const PORT = 8080;
const silent = new Progress({ stream: { write: () => true } });
const stranger = new Stranger();
let kubectl: (args: string[], input?: string) => Promise<string>;
let kubeconfig = "";
/** Pod addresses by name. */
const addresses: Record<string, string> = {};

const pod = (name: string, command: string[]) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: NAMESPACE, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    containers: [{ name: "c", image: "debian:bookworm-slim", imagePullPolicy: "Never", command }],
  },
});
const policy = (name: string, spec: object) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: NAMESPACE },
  spec,
});
const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const list = (items: object[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });
const reaches = async (from: string, address: string, port: number) =>
  (await kubectl(["exec", "-n", NAMESPACE, from, "--", ...CONNECT, address, String(port)])).startsWith("yes");

beforeAll(async () => {
  const toolchain = await ensureToolchain(silent, { pulumi: false });
  const cluster = (await findCluster()) ?? (await startCluster(toolchain, silent));
  kubeconfig = cluster.kubeconfig;
  kubectl = async (args, input) =>
    (await run(toolchain.binary("kubectl"), ["--kubeconfig", kubeconfig, ...args], { input })).stdout;
  await stranger.arrive(PORT);
  const service = { selector: { app: "server" }, ports: [{ port: 80, targetPort: PORT }] };
  await kubectl(
    ["apply", "-f", "-"],
    list([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
      pod("server", [...SERVE, String(PORT)]),
      ...["friend", "other"].map((name) => pod(name, ["sleep", "infinity"])),
      { apiVersion: "v1", kind: "Service", metadata: { name: "server", namespace: NAMESPACE }, spec: service },
    ]),
  );
  await kubectl(["wait", "-n", NAMESPACE, "--for=condition=Ready", "pod", "--all", "--timeout=120s"]);
  const lines = await kubectl(["get", "pods", "-n", NAMESPACE, "-o", "custom-columns=:.metadata.name,:.status.podIP"]);
  for (const line of lines.trim().split("\n")) {
    const [name = "", address = ""] = line.trim().split(/\s+/);
    addresses[name] = address;
  }
});
afterAll(async () => {
  await kubectl(["delete", "namespace", NAMESPACE, "--wait=false"]);
  await stranger.leave();
});

describe("who reaches the cluster", () => {
  it("opens sockets on loopback and the bridge alone", () => {
    const { data } = defaultLayout();
    const ours = currentListeners().filter((listener) => {
      const owner = ownerOf(listener);
      return owner !== undefined && clusterOf(owner.pid) === data;
    });
    expect(ours.length).toBeGreaterThan(10);
    expect(ours.filter(({ address }) => address !== "127.0.0.1" && address !== NODE_ADDRESS)).toEqual([]);
  });

  it("lets the machine and its pods in", async () => {
    const { stdout } = await run(CONNECT[0] ?? "", [...CONNECT.slice(1), NODE_ADDRESS, "6443"]);
    expect(stdout).toBe("yes");
    expect(await reaches("friend", "kubernetes.default.svc.cluster.local", 443)).toBe(true);
  });

  it("lets no other computer in, by whatever address", async () => {
    // It does reach this machine: only the lab is closed to it.
    expect(await reaches("friend", STRANGER_ADDRESS, PORT)).toBe(true);
    const tried: [string, number][] = [
      ...[6443, 10250, 53].map((port): [string, number] => [NODE_ADDRESS, port]),
      ...[6443, 10250, 53, 2379].map((port): [string, number] => [MACHINE_ADDRESS, port]),
      ["10.96.0.1", 443],
      [addresses.server ?? "", PORT],
    ];
    const reached = await Promise.all(
      tried.map(async ([address, port]) => [address, port, await stranger.reaches(address, port)]),
    );
    expect(reached.filter(([, , yes]) => yes)).toEqual([]);
  });

  it("never sends a packet for a pod or Service that is not there out of the machine", async () => {
    for (const address of ["10.88.200.200", "10.96.200.200"]) {
      const { stdout } = await run("ip", ["route", "get", address]);
      expect(stdout).toContain("dev lab0");
    }
    const { stdout } = await run("ip", ["route", "show", "type", "unreachable"]);
    expect(stdout.match(/10\.(88|96)\.0\.0\/16/g)?.sort()).toEqual(["10.88.0.0/16", "10.96.0.0/16"]);
  });
});

describe("NetworkPolicy", () => {
  const edges = async () => ({
    friendToPod: await reaches("friend", addresses.server ?? "", PORT),
    friendToService: await reaches("friend", "server", 80),
    friendOutside: await reaches("friend", STRANGER_ADDRESS, PORT),
    friendToApi: await reaches("friend", NODE_ADDRESS, 6443),
    otherToPod: await reaches("other", addresses.server ?? "", PORT),
    otherOutside: await reaches("other", STRANGER_ADDRESS, PORT),
  });
  const open = {
    friendToPod: true,
    friendToService: true,
    friendOutside: true,
    friendToApi: true,
    otherToPod: true,
    otherOutside: true,
  };

  it("lets everything pass while there is none", async () => {
    expect(await edges()).toEqual(open);
  });

  it("is enforced: default-deny blocks pods and the outside, a named edge works, by pod and by Service", async () => {
    const dns = { ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })) };
    const ports = [{ port: PORT }];
    const policies = list([
      policy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
      policy("server", { ...app("server"), policyTypes: ["Ingress"], ingress: [{ from: [app("friend")], ports }] }),
      policy("friend", { ...app("friend"), policyTypes: ["Egress"], egress: [{ to: [app("server")], ports }, dns] }),
    ]);
    await kubectl(["apply", "-f", "-"], policies);
    await expect.poll(edges, { timeout: 60_000 }).toEqual({
      ...{ friendToPod: true, friendToService: true },
      ...{ friendOutside: false, friendToApi: false, otherToPod: false, otherOutside: false },
    });
    await kubectl(["delete", "-f", "-"], policies);
    await expect.poll(edges, { timeout: 60_000 }).toEqual(open);
  });
});
