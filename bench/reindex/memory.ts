import { setTimeout } from "node:timers/promises";
import type { ApiReader } from "../../cli/kube";
import { mebibytes, type PodObject, podMemory } from "../../cli/status";
import { roleWorkload } from "../../components/druid/roles";

/** Who works in a reindex: the Indexer runs its tasks, the Historical loads and serves what they write. */
const WORKERS = [roleWorkload("indexer").name, roleWorkload("historical").name];
/** The kubelet itself looks every ten seconds or so. */
const LOOK_EVERY_MS = 5_000;
/** How old what the kubelet says may be. */
const KUBELET_LATE_MS = 15_000;

interface ContainerState {
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly reason?: string };
}

/** A pod with what `lab status` does not look at: why its containers have ended. */
export type WorkerPod = Pick<PodObject, "metadata" | "spec"> & {
  readonly status?: {
    readonly containerStatuses?: readonly { readonly state?: ContainerState; readonly lastState?: ContainerState }[];
  };
};

/** What one look says of a pod. */
export interface Look {
  readonly pod: string;
  /** Its working set, MiB; undefined when the kubelet does not say. */
  readonly usedMiB: number | undefined;
  readonly limitMiB: number;
  /** When its containers were started: after a restart, or in another pod of the same name, it is another time. */
  readonly started: string;
  /** Why a container of it has ended last, in Kubernetes' words; undefined when none has. */
  readonly ended: string | undefined;
}

/** Looks at the pods that work in a reindex; their memory is what `lab status` shows. */
export async function lookAtWorkers(api: ApiReader, namespace: string): Promise<Look[]> {
  const selector = encodeURIComponent(`app.kubernetes.io/name in (${WORKERS.join(",")})`);
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`;
  const { items } = await api.json<{ items: WorkerPod[] }>(path);
  const nodes = [...new Set(items.flatMap(({ spec }) => spec.nodeName ?? []))];
  const summaries = await Promise.all(
    nodes.map((node) => api.json<unknown>(`/api/v1/nodes/${node}/proxy/stats/summary`)),
  );
  return looksOf(items, podMemory(summaries, namespace));
}

/** @param memory of pods by their names, MiB */
export function looksOf(pods: readonly WorkerPod[], memory: ReadonlyMap<string, number>): Look[] {
  return pods.map(({ metadata: { name }, spec, status }) => {
    const containers = status?.containerStatuses ?? [];
    const ends = containers.flatMap(({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? []);
    return {
      pod: name,
      usedMiB: memory.get(name),
      limitMiB: spec.containers.reduce((sum, { resources }) => sum + mebibytes(resources?.limits?.memory ?? "0"), 0),
      started: containers.map(({ state }) => state?.running?.startedAt ?? "not running").join(),
      ended: ends[0]?.reason,
    };
  });
}

/** A line for each pod: the most that it was seen to take, of its limit. @throws when the kubelet never said */
export function peakLines(looks: readonly Look[]): string[] {
  return [...new Set(looks.map(({ pod }) => pod))].sort().map((pod) => {
    const own = looks.filter((look) => look.pod === pod);
    const used = own.flatMap(({ usedMiB }) => usedMiB ?? []);
    if (used.length === 0) throw new Error(`the kubelet does not say what memory ${pod} takes`);
    return `${pod}: peak ${Math.round(Math.max(...used))} of ${Math.round(own.at(-1)?.limitMiB ?? 0)} MiB`;
  });
}

/** Pods that have not run all the time between two looks, and why. */
export function interruptions(before: readonly Look[], after: readonly Look[]): string[] {
  return before.flatMap(({ pod, started }) => {
    const now = after.find((look) => look.pod === pod);
    if (now === undefined) return [`${pod} is gone`];
    return now.started === started ? [] : [`${pod} was restarted (${now.ended ?? "another pod"})`];
  });
}

/**
 * Works, and looks at the workers' memory all the while, and a little longer, as the kubelet's figures are late.
 * @returns what the work has returned, and the peaks
 * @throws when a worker was killed or restarted meanwhile: that says more than what the work failed of
 */
export async function watched<T>(
  look: () => Promise<Look[]>,
  work: () => Promise<T>,
  { everyMs = LOOK_EVERY_MS, lateMs = KUBELET_LATE_MS } = {},
): Promise<{ readonly result: T; readonly peaks: readonly string[] }> {
  const first = await look();
  const looks = [...first];
  let end = Number.POSITIVE_INFINITY;
  const working = Promise.allSettled([work()]).then(([outcome]) => {
    end = performance.now() + (outcome.status === "fulfilled" ? lateMs : 0);
    return outcome;
  });
  while (performance.now() < end) {
    await setTimeout(everyMs);
    looks.push(...(await look().catch(() => []))); // a busy machine may miss one
  }
  const outcome = await working;
  const last = await look().catch((error: unknown) => {
    throw outcome.status === "rejected" ? outcome.reason : error;
  });
  const cause = outcome.status === "rejected" ? outcome.reason : undefined;
  const interrupted = interruptions(first, last);
  if (interrupted.length > 0) throw new Error(interrupted.join("; "), { cause });
  if (outcome.status === "rejected") throw cause;
  return { result: outcome.value, peaks: peakLines([...looks, ...last]) };
}
