import { LabFailure } from "../cluster/core/failure";
import { EXIT } from "./command";
import type { Kube } from "./kube";
import type { PodObject } from "./status";

const NAME = "app.kubernetes.io/name";

/** Pods of one workload, newest first. @throws LabFailure (exit code 2) that lists the workloads when it is none of them */
export async function podsOfWorkload(kube: Kube, workload: string): Promise<PodObject[]> {
  const pods = await kube.list<PodObject>("pods");
  const mine = pods.filter((pod) => pod.metadata.labels?.[NAME] === workload);
  if (mine.length === 0) throw unknownWorkload(workload, pods);
  const started = (pod: PodObject): string => pod.metadata.creationTimestamp ?? "";
  return mine.sort((a, b) => (started(a) < started(b) ? 1 : -1));
}

/** The pod of a workload to talk to: a running one. */
export async function runningPod(kube: Kube, workload: string): Promise<PodObject> {
  const pods = await podsOfWorkload(kube, workload);
  const running = pods.find((pod) => pod.status?.phase === "Running" && !pod.metadata.deletionTimestamp);
  if (!running) {
    const phases = [...new Set(pods.map((pod) => pod.status?.phase ?? "unknown"))].join(", ");
    throw new LabFailure(`no pod of ${workload} is running (${phases})`, { fix: `lab logs ${workload} shows why` });
  }
  return running;
}

function unknownWorkload(workload: string, pods: readonly PodObject[]): LabFailure {
  const known = [...new Set(pods.flatMap((pod) => pod.metadata.labels?.[NAME] ?? []))].sort();
  const list = known.length > 0 ? `there are: ${known.join(", ")}` : "the stack runs none";
  return new LabFailure(`unknown workload "${workload}"; ${list}`, { exitCode: EXIT.usage });
}
