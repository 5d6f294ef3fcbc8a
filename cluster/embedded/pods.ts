import { setTimeout } from "node:timers/promises";
import { run } from "../core/run";
import { getFromApi } from "./api";
import { ctrArgs, type ImageStore } from "./images/import";
import { type LabPaths, type Layout, paths as pathsOf } from "./layout";
import { gone, type Identity, signal, startOf } from "./process-identity";
import { readRecord } from "./record";

/** A container with a process. */
export interface Task {
  /** The container's id in containerd and, after `containerd://`, in the pod's status. */
  readonly id: string;
  readonly pid: number;
}

/** Tasks in the output of `ctr tasks list`. */
export function parseTasks(output: string): Task[] {
  return output
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [id, pid] = line.trim().split(/\s+/);
      return id && pid && /^\d+$/.test(pid) ? [{ id, pid: Number(pid) }] : [];
    });
}

interface PodList {
  items: {
    metadata: { ownerReferences?: { kind: string }[] };
    status?: { containerStatuses?: { containerID?: string }[] };
  }[];
}

/** Servers with state end after their clients, which may have something to write yet. Ids of the containers of StatefulSets. */
export function statefulContainers(pods: PodList): Set<string> {
  const stateful = pods.items.filter(({ metadata }) => metadata.ownerReferences?.some((o) => o.kind === "StatefulSet"));
  const ids = stateful.flatMap(({ status }) => status?.containerStatuses ?? []).flatMap((s) => s.containerID ?? []);
  return new Set(ids.map((id) => id.replace(/^\w+:\/\//, "")));
}

const CLIENTS_MS = 10_000;
const SERVERS_MS = 15_000;

/** Ends every pod, gracefully where containerd still runs, and removes the containers. The kubelet must not run any more. */
export async function stopPods(layout: Layout, report: (detail: string) => void): Promise<void> {
  const paths = pathsOf(layout);
  const ctr = readRecord(layout)?.ctr;
  if (ctr === undefined) return;
  const store: ImageStore = { ctr, socket: paths.containerdSocket };
  const control = (args: string[]) => run(ctr, [...ctrArgs(store), ...args], { timeoutMs: 30_000 });
  const tasks = await control(["tasks", "list"]).then(
    ({ stdout }) => parseTasks(stdout),
    () => undefined,
  );
  if (tasks === undefined) return; // containerd is dead: their processes are killed by cgroup
  const stateful = await getFromApi<PodList>(paths, "/api/v1/pods").then(statefulContainers, () => new Set<string>());
  const waves: [Task[], number][] = [
    [tasks.filter(({ id }) => !stateful.has(id)), CLIENTS_MS],
    [tasks.filter(({ id }) => stateful.has(id)), SERVERS_MS],
  ];
  for (const [wave, grace] of waves) {
    const processes = wave.flatMap(identify);
    report(`${processes.length} containers end`);
    for (const process of processes) signal(process, "SIGTERM");
    if (await gone(processes, grace)) continue;
    for (const process of processes) signal(process, "SIGKILL");
    await gone(processes, 5_000);
  }
  await removeContainers(paths, control);
}

async function removeContainers(
  _paths: LabPaths,
  control: (args: string[]) => Promise<{ stdout: string }>,
): Promise<void> {
  // A moment for containerd to see the last ends; what it has not seen is deleted by force.
  await setTimeout(100);
  for (const kind of ["tasks", "containers"]) {
    const ids = await control([kind, "list", "--quiet"]).then(
      ({ stdout }) => stdout.split("\n").filter(Boolean),
      () => [],
    );
    if (ids.length === 0) continue;
    const force = kind === "tasks" ? ["--force"] : [];
    await control([kind, "delete", ...force, ...ids]).catch(() => undefined);
  }
}

function identify({ pid }: Task): Identity[] {
  const start = startOf(pid);
  return start === undefined ? [] : [{ pid, start }];
}
