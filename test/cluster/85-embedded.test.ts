import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withLock } from "../../cluster/core/lock";
import { cachePath, projectRoot } from "../../cluster/core/paths";
import { Progress } from "../../cluster/core/progress";
import { run } from "../../cluster/core/run";
import { type Cluster, findCluster, startCluster, stopCluster } from "../../cluster/embedded";
import { cgroupsDown } from "../../cluster/embedded/cgroups";
import { defaultLayout, paths as pathsOf } from "../../cluster/embedded/layout";
import { unmountBelow } from "../../cluster/embedded/mounts";
import { networkDown } from "../../cluster/embedded/network";
import { type Identity, killAll, markedProcesses, signal, startOf } from "../../cluster/embedded/process-identity";
import { readState } from "../../cluster/embedded/supervisor/files";
import { restoreSysctls } from "../../cluster/embedded/sysctls";
import { ensureToolchain, type Toolchain } from "../../cluster/toolchain";
import { lab } from "./support/lab";
import { machineState } from "./support/machine-state";
import { stackUp } from "./support/stack-up";

const NAMESPACE = "lab-test-embedded";
const silent = new Progress({ stream: { write: () => true } });
const layout = defaultLayout();
const paths = pathsOf(layout);
let toolchain: Toolchain;
let cluster: Cluster;

const kubectl = async (args: string[], input?: string) =>
  (await run(toolchain.binary("kubectl"), ["--kubeconfig", paths.adminKubeconfig, ...args], { input })).stdout;
const start = () => startCluster(toolchain, silent);
/** A pod that writes when it starts, and keeps what it wrote before. */
const witness = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "witness", namespace: NAMESPACE },
  spec: {
    terminationGracePeriodSeconds: 5,
    automountServiceAccountToken: false,
    securityContext: {
      runAsUser: 10001,
      runAsGroup: 10001,
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "c",
        image: "debian:bookworm-slim",
        imagePullPolicy: "Never",
        command: [
          "sh",
          "-c",
          "echo started >> /data/log; trap 'echo stopped >> /data/log; exit 0' TERM; while :; do sleep 0.2; done",
        ],
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
        },
        resources: { limits: { memory: "32Mi" } },
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      },
    ],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
  },
};
const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data", namespace: NAMESPACE },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
};
const written = () => kubectl(["exec", "-n", NAMESPACE, "witness", "--", "cat", "/data/log"]);

let letOthersIn = () => {};

beforeAll(async () => {
  await stackUp(); // whose servers go down and come back with all of it: 99 looks at them
  letOthersIn = await keepOthersAway();
  toolchain = await ensureToolchain(silent, { pulumi: false });
  cluster = (await findCluster()) ?? (await start());
  const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels: restricted } };
  await kubectl(
    ["apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: [namespace, claim, witness] }),
  );
  await kubectl(["wait", "-n", NAMESPACE, "--for=condition=Ready", "pod/witness", "--timeout=120s"]);
});
afterAll(async () => {
  await kubectl(["delete", "namespace", NAMESPACE, "--wait=false"]).finally(letOthersIn);
});

describe("a running cluster", () => {
  it("is found, by a kubeconfig that only its owner reads", async () => {
    expect(await findCluster()).toEqual(cluster);
    expect(statSync(cluster.kubeconfig).mode & 0o777).toBe(0o600);
    expect((await lab(["kubeconfig"])).stdout).toBe(`${cluster.kubeconfig}\n`);
  });

  it("weighs as much as the machine's processors, not as one process among those outside", () => {
    const files = ["/sys/fs/cgroup/cpu/bigdata-lab/cpu.shares", "/sys/fs/cgroup/bigdata-lab/cpu.weight"];
    const weights = files.filter(existsSync).map((file) => Number(readFileSync(file, "utf8")));
    expect(weights).toEqual([availableParallelism() * (existsSync(files[0] ?? "") ? 1024 : 100)]);
  });

  it("refuses what Pod Security restricted forbids", async () => {
    const { spec, metadata, ...rest } = witness;
    const rooted = {
      ...rest,
      metadata: { ...metadata, name: "rooted" },
      spec: { ...spec, securityContext: { runAsUser: 0 } },
    };
    await expect(kubectl(["apply", "-f", "-"], JSON.stringify(rooted))).rejects.toThrow(
      /violates PodSecurity "restricted/,
    );
  });

  it("admits nobody without a client certificate", async () => {
    const url = "https://10.88.0.1:6443/api";
    const script = `require("https").get("${url}",{rejectUnauthorized:false},(r)=>{console.log(r.statusCode);process.exit()})`;
    expect((await run(process.execPath, ["-e", script])).stdout.trim()).toBe("401");
  });

  it("lets one change it at a time", async () => {
    const both = await Promise.allSettled([start(), start()]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = both.find((result) => result.status === "rejected");
    expect(String(refused?.reason)).toMatch(/another `lab up` \(pid \d+, since \d\d:\d\d\) is running/);
  });

  it("belongs to one cache: another may not touch it", async () => {
    const said = await stopElsewhere({ LAB_CACHE: join(tmpdir(), "another-lab") });
    expect(said).toContain(`fix: LAB_CACHE=${layout.data.replace(/\/cluster$/, "")} ./lab down`);
    expect(await findCluster()).toBeDefined();
  });
});

describe("repair", () => {
  const processes = () => Object.entries(readState(paths.state)?.processes ?? {});

  it("brings back each process that was killed, without touching the pods", async () => {
    const before = await written();
    for (const [name, known] of processes()) {
      kill(known);
      await start();
      expect(await findCluster(), name).toBeDefined();
    }
    expect(await written()).toBe(before);
  });

  it("brings back the supervisor, which finds what it kept and goes on keeping it", async () => {
    const state = readState(paths.state);
    const pids = processes().map(([, { pid }]) => pid);
    kill(state?.supervisor);
    await expect.poll(() => findCluster()).toBeUndefined();
    await start();
    expect(processes().map(([, { pid }]) => pid)).toEqual(pids);
    kill(state?.processes.coredns);
    await expect.poll(() => findCluster(), { timeout: 30_000 }).toBeUndefined();
    await expect.poll(() => findCluster(), { timeout: 60_000 }).toBeDefined(); // with nobody's help
  });

  it("starts all of them again when all were killed at once, with the supervisor and its records", async () => {
    const everything = markedProcesses(layout.data).filter(({ pid }) => !commandOf(pid).includes("containerd-shim"));
    for (const one of everything) kill(one);
    rmSync(paths.state);
    await start();
    expect(await findCluster()).toBeDefined();
  });

  it("repairs bridge, routes, rules and kernel settings", async () => {
    await run("ip", ["link", "delete", "lab0"]);
    await run("nft", ["delete", "table", "inet", "bigdata-lab"]);
    await run("sysctl", ["-w", "net.ipv4.ip_forward=0"]);
    expect(await findCluster()).toBeUndefined();
    await start();
    expect(await findCluster()).toBeDefined();
  });

  it("comes back after a reboot: no process, mount, bridge or run directory is left, and pods are as they were", async () => {
    const before = await written();
    await killAll(markedProcesses(layout.data)); // nobody is asked first, so the kubelet cannot ask its pods
    await cgroupsDown();
    for (const directory of [layout.run, layout.data]) await unmountBelow(directory);
    await networkDown([]);
    restoreSysctls(paths.sysctls);
    for (const path of [
      paths.record,
      paths.state,
      paths.processes,
      paths.containerdState,
      paths.cniState,
      paths.sysctls,
    ]) {
      rmSync(path, { recursive: true, force: true });
    }
    await start();
    await expect.poll(() => written().catch(() => ""), { timeout: 120_000, interval: 500 }).toBe(`${before}started\n`);
  });
});

describe("down and up", () => {
  it("leaves nothing on the machine, and comes back with its data; a taken port stops it before it changes anything", async () => {
    const before = await written();
    expect(await stopCluster({ progress: silent })).toBe(true);
    expect(await findCluster()).toBeUndefined();
    const clean = await machineState(cachePath("toolchain"));
    const { processes: running, ...rest } = clean;
    const left = Object.values(rest).join("\n");
    for (const trace of [layout.data, layout.run, "lab0", "10.88.", "10.96.", "KUBE", "kube-", "bigdata-lab"]) {
      expect(left).not.toContain(trace);
    }
    expect(running).toBe("");
    expect(existsSync(layout.data)).toBe(true);
    expect(await stopCluster({ progress: silent })).toBe(false); // nothing to do

    const foreign = createServer();
    await new Promise<void>((resolve) => foreign.listen(2379, "127.0.0.1", resolve));
    await expect(start()).rejects.toThrow(
      new RegExp(`pid ${process.pid}\\) listens on 127.0.0.1:2379, and etcd needs`),
    );
    await new Promise((resolve) => foreign.close(resolve));
    expect(await machineState(cachePath("toolchain"))).toEqual(clean);

    await start();
    await expect
      .poll(() => written().catch(() => ""), { timeout: 120_000, interval: 500 })
      .toBe(`${before}stopped\nstarted\n`);

    // A second time, so that what was there before the first start is not taken for what must be left.
    await stopCluster({ progress: silent });
    expect(await machineState(cachePath("toolchain"))).toEqual(clean);
    await start();
  });

  it("goes on when its supervisor is told to end", async () => {
    const { supervisor } = readState(paths.state) ?? {};
    kill(supervisor, "SIGTERM");
    await expect.poll(() => startOf(supervisor?.pid ?? 0)).toBeUndefined();
    expect(Object.values(readState(paths.state)?.processes ?? {}).every(({ pid }) => startOf(pid) !== undefined)).toBe(
      true,
    );
    await start();
  });

  it("needs root, and says so", async () => {
    const cache = mkdtempSync(join(tmpdir(), "lab-nobody-"));
    chmodSync(cache, 0o777);
    const said = await stopElsewhere({ LAB_CACHE: cache }, "process.setgid(65534); process.setuid(65534);");
    expect(said).toContain("the embedded Kubernetes needs root");
    rmSync(cache, { recursive: true });
  });
});

/** Never a number alone: 0 would be our own process group. */
function kill(one: Identity | undefined, name: NodeJS.Signals = "SIGKILL"): void {
  if (!one || !signal(one, name)) throw new Error(`no such process: ${JSON.stringify(one)}`);
}

/** What `stopCluster` says in another process. */
async function stopElsewhere(env: Record<string, string>, before = ""): Promise<string> {
  const embedded = JSON.stringify(join(projectRoot(), "cluster/embedded"));
  const script = `${before} require(${embedded}).stopCluster().catch((e) => console.log(e.describe()))`;
  return (await run(process.execPath, ["--import", "tsx", "-e", script], { cwd: projectRoot(), env })).stdout;
}

/** Keeps `lab up` and the like away while the cluster is taken apart. Resolves with what lets them in again. */
async function keepOthersAway(): Promise<() => void> {
  for (;;) {
    const taken = await new Promise<(() => void) | undefined>((resolve) => {
      withLock("lab", "lab test cluster", () => new Promise<void>((release) => resolve(release))).catch(() =>
        resolve(undefined),
      );
    });
    if (taken) return taken;
    await setTimeout(1_000);
  }
}

function commandOf(pid: number): string {
  return startOf(pid) === undefined ? "" : readFileSync(`/proc/${pid}/cmdline`, "utf8");
}
