import type { KubeObject } from "./kube";
import { parseSamples, type Sample, sumBy } from "./prometheus";

/** The fields of a Deployment or StatefulSet that status reads. */
export interface WorkloadObject extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly selector: { readonly matchLabels?: Record<string, string> } };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly replicas?: number;
    readonly observedGeneration?: number;
  };
}

/** The fields of a Pod that status reads. */
export interface PodObject extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly name: string;
      readonly resources?: { readonly limits?: { readonly memory?: string } };
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly restartCount: number;
      readonly ready: boolean;
      readonly image?: string;
      readonly state?: { readonly waiting?: { readonly reason?: string }; readonly running?: { startedAt?: string } };
    }[];
  };
}

/** One workload as `lab status` shows it. */
export interface WorkloadRow {
  readonly workload: string;
  readonly kind: string;
  readonly ready: number;
  readonly desired: number;
  readonly restarts: number;
  /** Working set of all its pods, MiB; null when the kubelet does not say. */
  readonly memoryMiB: number | null;
  /** Memory limits of all its pods, MiB. */
  readonly limitMiB: number;
  /** Age of its oldest pod, seconds; null without pods. */
  readonly ageSeconds: number | null;
  /** Why it is not ready, in Kubernetes' words. */
  readonly reason?: string;
  readonly ok: boolean;
}

/** One hop of the pipeline: what a job takes, and what it makes of it. */
export interface HopRow {
  readonly hop: string;
  /** Records taken a second (of a source: records made), since the sample before; null without one. */
  readonly rate: number | null;
  /** Records not yet taken; null for a source. */
  readonly lag: number | null;
  /** Seconds since the newest event's own time; null when no event was seen. */
  readonly newestEventAgeSeconds: number | null;
  readonly ok: boolean;
}

/** Metrics of all pods of one job, taken at one moment (ms). */
export interface Scrape {
  readonly job: string;
  readonly atMs: number;
  readonly samples: readonly Sample[];
  /** Start of the job's pods; a restart makes counters begin anew. */
  readonly error?: string;
}

/** An event older than this at any hop means that data does not flow. Twice the default window and its watermark. */
export const STALE_SECONDS = 60;

const NAME = "app.kubernetes.io/name";

/** `512Mi`, `1Gi`, `300M`, plain bytes → MiB. */
export function mebibytes(quantity: string): number {
  const match = /^([\d.]+)([A-Za-z]*)$/.exec(quantity);
  if (!match) return Number.NaN;
  const units: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, k: 1e3, M: 1e6, G: 1e9 };
  return (Number(match[1]) * (units[match[2] ?? ""] ?? 1)) / 2 ** 20;
}

/** Memory of a pod by its name, MiB, from the kubelets' `stats/summary`. */
export function podMemory(summaries: readonly unknown[], namespace: string): Map<string, number> {
  interface Summary {
    pods?: { podRef: { name: string; namespace: string }; memory?: { workingSetBytes?: number } }[];
  }
  const memory = new Map<string, number>();
  for (const { pods = [] } of summaries as Summary[]) {
    for (const { podRef, memory: used } of pods) {
      if (podRef.namespace !== namespace || used?.workingSetBytes === undefined) continue;
      memory.set(podRef.name, used.workingSetBytes / 2 ** 20);
    }
  }
  return memory;
}

/** One row per workload, in the order given. */
export function workloadRows(
  workloads: readonly (WorkloadObject & { kind: string })[],
  pods: readonly PodObject[],
  memory: ReadonlyMap<string, number>,
  nowMs: number,
): WorkloadRow[] {
  return workloads.map((workload) => {
    const mine = pods.filter((pod) => belongs(pod, workload));
    const desired = workload.spec.replicas ?? 1;
    const ready = workload.status?.readyReplicas ?? 0;
    const statuses = mine.flatMap((pod) => pod.status?.containerStatuses ?? []);
    const used = mine.map((pod) => memory.get(pod.metadata.name));
    const starts = mine.flatMap((pod) => Date.parse(pod.metadata.creationTimestamp ?? "") || []);
    const reason = statuses.flatMap((s) => s.state?.waiting?.reason ?? [])[0];
    return {
      workload: workload.metadata.name,
      kind: workload.kind,
      ready,
      desired,
      restarts: statuses.reduce((sum, s) => sum + s.restartCount, 0),
      memoryMiB: used.every((m) => m === undefined)
        ? null
        : Math.round(used.reduce<number>((sum, m) => sum + (m ?? 0), 0)),
      limitMiB: Math.round(mine.reduce((sum, pod) => sum + limitOf(pod), 0)),
      ageSeconds: starts.length > 0 ? Math.round((nowMs - Math.min(...starts)) / 1000) : null,
      ...(reason ? { reason } : {}),
      ok: ready >= desired && (workload.status?.updatedReplicas ?? ready) >= desired && !rollingOut(workload),
    };
  });
}

/** One row per job from two scrapes of it, in the order in which data flows; `before` gives the rates. */
export function hopRows(now: readonly Scrape[], before: readonly Scrape[]): HopRow[] {
  return inFlowOrder(now).flatMap((scrape) => {
    const earlier = before.find(({ job }) => job === scrape.job);
    if (scrape.error)
      return [{ hop: `${scrape.job}: ${scrape.error}`, rate: null, lag: null, newestEventAgeSeconds: null, ok: false }];
    const taken = sumBy(scrape.samples, "lab_records_in_total", "topic");
    const made = new Map([
      ...sumBy(scrape.samples, "lab_records_out_total", "topic"),
      ...sumBy(scrape.samples, "lab_rows_upserted_total", "table"),
      ...sumBy(scrape.samples, "lab_events_stored_total", "directory"),
    ]);
    if (taken.size === 0 && made.size === 0) return [];
    const outputs = [...made].filter(([, count]) => count > 0).map(([name]) => name); // no dead letter, no mention of it
    const counter = taken.size > 0 ? "lab_records_in_total" : "lab_records_out_total";
    const newest = scrape.samples.filter((s) => s.name === "lab_newest_event_timestamp_seconds").map((s) => s.value);
    const age = newest.length > 0 ? Math.round(scrape.atMs / 1000 - Math.max(...newest)) : null;
    const lags = scrape.samples.filter((s) => s.name === "lab_consumer_lag");
    const rate = earlier ? rateOf(counter, earlier, scrape) : null;
    return [
      {
        hop: [[...taken.keys()].join(", "), scrape.job, outputs.sort().join(", ")].filter(Boolean).join(" → "),
        rate,
        lag: taken.size > 0 ? lags.reduce((sum, s) => sum + s.value, 0) : null,
        newestEventAgeSeconds: age,
        // A source may know no event's age; then it must be making some.
        ok: age === null ? taken.size === 0 && rate !== 0 : age <= STALE_SECONDS,
      },
    ];
  });
}

/** The metrics of a job's pods as one scrape: counters and lags of replicas add up, as Prometheus' `sum` would. */
export function scrapeOf(job: string, atMs: number, texts: readonly string[]): Scrape {
  return { job, atMs, samples: texts.flatMap(parseSamples) };
}

/** Jobs after those whose output they take. */
function inFlowOrder(scrapes: readonly Scrape[]): Scrape[] {
  const rest = [...scrapes].sort((a, b) => (a.job < b.job ? -1 : 1));
  const ordered: Scrape[] = [];
  while (rest.length > 0) {
    const outputs = new Set(rest.flatMap((s) => [...sumBy(s.samples, "lab_records_out_total", "topic").keys()]));
    const free = rest.findIndex(
      (s) => ![...sumBy(s.samples, "lab_records_in_total", "topic").keys()].some((t) => outputs.has(t)),
    );
    ordered.push(...rest.splice(Math.max(free, 0), 1));
  }
  return ordered;
}

function rateOf(counter: string, before: Scrape, now: Scrape): number | null {
  const total = (s: Scrape): number => [...sumBy(s.samples, counter, "topic").values()].reduce((a, b) => a + b, 0);
  const seconds = (now.atMs - before.atMs) / 1000;
  const grown = total(now) - total(before);
  return seconds > 0 && grown >= 0 ? Math.round((grown / seconds) * 10) / 10 : null; // a restart resets counters
}

/** Pods of an older template are still there: a rollout goes on, or is stuck. */
function rollingOut({ status }: WorkloadObject): boolean {
  return (status?.replicas ?? 0) > (status?.updatedReplicas ?? status?.replicas ?? 0);
}

function belongs(pod: PodObject, workload: WorkloadObject): boolean {
  const wanted = workload.spec.selector.matchLabels ?? { [NAME]: workload.metadata.name };
  const live = !["Succeeded", "Failed"].includes(pod.status?.phase ?? "");
  return live && Object.entries(wanted).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function limitOf(pod: PodObject): number {
  return pod.spec.containers.reduce((sum, c) => sum + mebibytes(c.resources?.limits?.memory ?? "0"), 0);
}
