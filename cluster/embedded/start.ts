import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LabFailure } from "../core/failure";
import { withLock } from "../core/lock";
import { cachePath } from "../core/paths";
import type { Progress } from "../core/progress";
import { run } from "../core/run";
import { nodeCondition } from "./api";
import { cgroupsUp } from "./cgroups";
import { localPathConfig } from "./configs";
import { configure, supervised } from "./configure";
import { BASE_IMAGES, ensureBaseImage } from "./images/debian";
import { ensurePauseImage, type ImageStore, importIfMissing, pauseReference, presentImages } from "./images/import";
import { defaultLayout, type LabPaths, type Layout, paths as pathsOf } from "./layout";
import { clusterManifests, manifestList } from "./manifests";
import { networkUp, presentTables } from "./network";
import { checkMachine, checkPorts, checkRoom } from "./preflight";
import { type Binaries, processTable } from "./process-table";
import { readRecord, refuseForeignCluster, writeRecord } from "./record";
import { type Cluster, clusterOf, healthy } from "./status";
import { awaitReady, superviseProcesses } from "./supervise";
import { saveSysctls, setSysctls } from "./sysctls";

/** Name of the lock that every change of the embedded cluster holds. */
export const LOCK = "embedded-cluster";

/**
 * Starts the embedded cluster, or repairs it: whatever runs as it should is left alone. Resolves when the node is Ready, the
 * StorageClass is there and the base images are imported.
 * @throws LabFailure, with nothing changed, when this machine cannot run it: not root, a port taken, too little memory or
 * disk, another lab's cluster.
 */
export async function startCluster(toolchain: Binaries, progress: Progress): Promise<Cluster> {
  const layout = defaultLayout();
  checkMachine("make");
  refuseForeignCluster(layout);
  return withLock(LOCK, "lab up", () => start(layout, toolchain, progress));
}

async function start(layout: Layout, toolchain: Binaries, progress: Progress): Promise<Cluster> {
  refuseForeignCluster(layout); // again, now that nobody else can start one
  const paths = pathsOf(layout);
  const [base] = BASE_IMAGES;
  const table = processTable(paths, toolchain, { helperImage: base.reference });
  await checkPorts(table, layout.data);
  if (!readRecord(layout)) checkRoom(layout);
  const store: ImageStore = { ctr: toolchain.binary("ctr"), socket: paths.containerdSocket };
  const pause = toolchain.binary("pause");

  // debootstrap takes longest when nothing is cached and needs nothing of the cluster: it goes on beside it.
  const archives = BASE_IMAGES.map((image) => baseArchive(image));
  await progress.step("Kubernetes", async (report) => {
    report("network");
    await prepareMachine(layout, paths, store);
    report("certificates");
    await configure(layout.data, paths, toolchain, pauseReference(pause));
    const processes = supervised(table, layout.data, process.env);
    await superviseProcesses(layout, paths, processes);
    const waiting = (awaited: string[]) => {
      if (awaited.length > 0) report(`waiting for ${awaited.join(", ")}`);
    };
    const api = processes.filter(({ name }) => ["etcd", "kube-apiserver"].includes(name));
    await awaitReady(layout, paths, api, waiting);
    report("rights and storage class"); // the other processes cannot do anything without
    await applyManifests(toolchain, paths, base.reference);
    await awaitReady(layout, paths, processes, waiting);
    const present = await presentImages(store);
    await importIfMissing(store, present, pauseReference(pause), () => ensurePauseImage(cachePath("images"), pause));
    await awaitNode(paths, report);
    report("node ready");
  });
  await progress.step("Base images", async (report) => {
    const present = await presentImages(store);
    for (const [index, image] of BASE_IMAGES.entries()) {
      report(image.reference);
      const archive =
        archives[index] ?? (() => ensureBaseImage(cachePath("images"), image, debootstrapLog(image.suite)));
      await importIfMissing(store, present, image.reference, archive);
    }
    report(BASE_IMAGES.map(({ reference }) => reference.split("/").at(-1)).join(", "));
  });
  await awaitHealth(layout, paths);
  return clusterOf(layout);
}

/** The last word, as `lab status` will see it. After a repair the API server may need a moment to find etcd again. */
async function awaitHealth(layout: Layout, paths: LabPaths): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await healthy(layout))) {
    if (Date.now() > end) {
      throw new LabFailure("the cluster started, and broke at once", { log: join(paths.log, "supervisor.log") });
    }
    await setTimeout(250);
  }
}

/** Starts to make a base image at once; a failure waits until somebody asks for the result. */
function baseArchive(image: (typeof BASE_IMAGES)[number]): () => Promise<string> {
  const made = ensureBaseImage(cachePath("images"), image, debootstrapLog(image.suite));
  made.catch(() => undefined);
  return () => made;
}

function debootstrapLog(suite: string): string {
  return cachePath("log", `debootstrap-${suite}.log`);
}

/** Everything outside our own directories that the cluster changes on the machine. */
async function prepareMachine(layout: Layout, paths: LabPaths, store: ImageStore): Promise<void> {
  mkdirSync(layout.run, { recursive: true, mode: 0o755 });
  const before = saveSysctls(paths.sysctls);
  const forwardsAlready = before["net/ipv4/ip_forward"] === "1";
  const nftTables = readRecord(layout)?.nftTables ?? (await presentTables());
  writeRecord(layout, { data: layout.data, forwardsAlready, nftTables, ctr: store.ctr });
  await networkUp({ forwardsAlready });
  setSysctls();
  cgroupsUp();
}

async function applyManifests(toolchain: Binaries, paths: LabPaths, helperImage: string): Promise<void> {
  const args = ["--kubeconfig", paths.adminKubeconfig, "apply", "--server-side", "--force-conflicts", "-f", "-"];
  const input = manifestList(clusterManifests(helperImage, localPathConfig(paths)));
  const apply = () => run(toolchain.binary("kubectl"), args, { input, timeoutMs: 60_000 });
  // An API server that has just come back may refuse once: its own rights and namespaces are not read yet.
  await apply().catch(async () => {
    await setTimeout(2_000);
    await apply();
  });
}

async function awaitNode(paths: LabPaths, report: (detail: string) => void): Promise<void> {
  const end = Date.now() + 120_000;
  for (;;) {
    const { ready, message } = await nodeCondition(paths);
    if (ready) return;
    if (Date.now() > end) {
      throw new LabFailure(`the node did not become Ready: ${message}`, { log: join(paths.log, "kubelet.log") });
    }
    report(`waiting for the node: ${message}`);
    await setTimeout(200);
  }
}
