import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LabFailure } from "../core/failure";
import { withLock } from "../core/lock";
import { Progress } from "../core/progress";
import { cgroupsDown } from "./cgroups";
import { defaultLayout, type LabPaths, type Layout, paths as pathsOf } from "./layout";
import { removeLeftovers } from "./leftovers";
import { currentMountsBelow, unmountBelow } from "./mounts";
import { networkDown } from "./network";
import { stopPods } from "./pods";
import { checkMachine } from "./preflight";
import { markedProcesses, terminate } from "./process-identity";
import { readRecord, refuseForeignCluster } from "./record";
import { LOCK } from "./start";
import { readState } from "./supervisor/files";
import { restoreSysctls } from "./sysctls";

/** How the cluster is stopped. */
export interface StopOptions {
  /** Remove its data as well: images, volumes, etcd. @default false */
  purge?: boolean;
  /** @default a new one on stderr */
  progress?: Progress;
}

/** Processes that would start pods again, or change rules while they are removed. */
const LOOPS = ["kubelet", "kube-controller-manager", "kube-scheduler", "local-path-provisioner", "buildkitd"];
/** What pods may need to end well, in the order in which one can do without the other. */
const SERVERS = [["kube-router", "kube-proxy", "coredns"], ["kube-apiserver"], ["etcd", "containerd"]];
/** All of them bear to be killed; the API server alone would wait for a minute for whoever still listens to it. */
const GRACE_MS = 5_000;

/**
 * Stops the embedded cluster and leaves no process, mount, network interface, route, firewall rule or cgroup of it.
 * Its data stays, unless `purge`. Repeatable, and works whatever of it is dead already.
 * @returns whether there was anything to stop or to remove.
 */
export async function stopCluster({ purge = false, progress = new Progress() }: StopOptions = {}): Promise<boolean> {
  const layout = defaultLayout();
  checkMachine("stop");
  refuseForeignCluster(layout);
  return withLock(LOCK, "lab down", () => stop(layout, purge, progress));
}

async function stop(layout: Layout, purge: boolean, progress: Progress): Promise<boolean> {
  const paths = pathsOf(layout);
  const ran = readRecord(layout) !== undefined || markedProcesses(layout.data).length > 0;
  if (ran || existsSync(paths.record)) {
    await progress.step("Stopping Kubernetes", async (report) => {
      await stopSupervisor(paths);
      report("control loops");
      await stopProcesses(paths, LOOPS);
      report("pods");
      await stopPods(layout, report);
      report("servers");
      for (const names of SERVERS) await stopProcesses(paths, names);
      await terminate(markedProcesses(layout.data), GRACE_MS);
      report("cgroups, mounts, network");
      await cgroupsDown();
      for (const directory of [layout.run, layout.data]) await unmountBelow(directory);
      await networkDown(readRecord(layout)?.nftTables ?? []);
      restoreSysctls(paths.sysctls);
      removeRunFiles(paths);
      report("nothing of it is left running");
    });
  }
  // After a reboot nothing runs and /run is empty, but these lie on the disk.
  const removed = removeLeftovers(paths.podLogs, ran);
  const hasData = existsSync(layout.data);
  if (purge && hasData) await progress.step("Removing its data", async () => removeData(layout.data));
  return ran || removed || (purge && hasData);
}

async function stopSupervisor(paths: LabPaths): Promise<void> {
  const supervisor = readState(paths.state)?.supervisor;
  if (supervisor) await terminate([supervisor], 5_000);
}

async function stopProcesses(paths: LabPaths, names: string[]): Promise<void> {
  const known = readState(paths.state)?.processes ?? {};
  await terminate(
    names.flatMap((name) => known[name] ?? []),
    GRACE_MS,
  );
}

/** The locks in the run directory stay: we hold one. */
function removeRunFiles(paths: LabPaths): void {
  const files = [paths.record, paths.processes, paths.state, paths.sysctls];
  const sockets = [paths.containerdSocket, `${paths.containerdSocket}.ttrpc`, paths.buildkitSocket];
  for (const path of [paths.containerdState, paths.cniState, ...sockets, ...files]) {
    rmSync(path, { recursive: true, force: true });
  }
}

function removeData(data: string): void {
  const [mount] = currentMountsBelow(data);
  if (mount) throw new LabFailure(`${mount} is still mounted; its data was not removed`, { fix: `umount ${mount}` });
  rmSync(data, { recursive: true, force: true });
  if (existsSync(join(data, "pki"))) throw new LabFailure(`${data} could not be removed`);
}
