import { LabFailure } from "../../cluster/core/failure";
import { type Command, EXIT, parse } from "../command";
import { sleep } from "../interrupt";
import type { ApiReader, Kube } from "../kube";
import { lambdaStores } from "../lambda-status";
import { quietProgress } from "../quiet-progress";
import { smartcarStores } from "../smartcar-status";
import {
  type HopRow,
  hopRows,
  type PodObject,
  podMemory,
  type Scrape,
  scrapeOf,
  type WorkloadObject,
  type WorkloadRow,
  workloadRows,
} from "../status";
import type { StoreRow } from "../store-row";
import { age, table } from "../table";
import { connect, planFor, requireCluster, TARGET_OPTIONS, TARGET_USAGE, type Target } from "../target";

/** Between the two looks a rate is taken from: longer than a flush of the collector (3 s), so that one is always seen. */
const SAMPLE_MS = 4_000;
/** Between two pictures of --watch. */
const WATCH_MS = 4_000;

/** Everything `lab status` knows at one moment. */
export interface Picture {
  readonly ok: boolean;
  readonly workloads: WorkloadRow[];
  readonly hops: HopRow[];
  /** What pipelines end in, where that can be asked: Druid, HDFS, HBase, Redis, and Storm beside them. */
  readonly stores: StoreRow[];
}

export const command: Command = {
  name: "status",
  usage: `[--json] [--watch] ${TARGET_USAGE}`,
  summary: "one row per workload and one per pipeline hop, pass or fail (exit code 1)",
  details: [
    "A workload passes when all its pods are ready and run the newest template.",
    "A hop passes when the newest event it has seen is no older than 60 s: a hop that lags or stands still gets old.",
    "Of lambda's stores Druid passes with a running supervisor and an event no older than that, HDFS with all its blocks",
    "and a new file, the batch layer unless the last reindex failed. Of the smart car's, Storm passes with an active topology,",
    "HBase with a reading no older than 60 s, Redis when it answers, HDFS as above.",
  ].join("\n"),
  async run(args) {
    const { options } = parse(command, args, {
      ...TARGET_OPTIONS,
      json: { type: "boolean" },
      watch: { type: "boolean", short: "w" },
    });
    const target = await connect(requireCluster(command, planFor(options.stack, options.context)), quietProgress());
    return target.kube.withApi(async (api) => {
      let before = await scrapeJobs(target.kube, api);
      for (;;) {
        await sleep(options.watch ? WATCH_MS : SAMPLE_MS);
        const now = await scrapeJobs(target.kube, api);
        const picture = await pictureOf(target, api, now, before);
        if (picture.workloads.length === 0) {
          throw new LabFailure(`stack ${target.file.stack} is not deployed`, { fix: "lab up" });
        }
        before = now;
        const text = options.json ? JSON.stringify(picture, null, options.watch ? 0 : 2) : render(picture);
        const clear = options.watch && process.stdout.isTTY && !options.json;
        process.stdout.write(`${clear ? "\x1b[H\x1b[2J" : ""}${text}\n`);
        if (!options.watch) return picture.ok ? EXIT.ok : EXIT.failed;
      }
    });
  },
};

async function pictureOf(
  { kube, settings }: Target,
  api: ApiReader,
  now: Scrape[],
  before: Scrape[],
): Promise<Picture> {
  const { pipelines, lambda, smartcar } = settings;
  const { everySeconds, rollSeconds } = smartcar.statusFiles;
  const [pods, stores, ...kinds] = await Promise.all([
    podsOf(kube, api),
    Promise.all([
      pipelines.includes("lambda") ? lambdaStores(api, kube.namespace, lambda.rollSeconds) : [],
      pipelines.includes("smartcar") ? smartcarStores(api, kube.namespace, everySeconds + rollSeconds) : [],
    ]).then((all) => all.flat()),
    workloadsOf(kube, api, "statefulsets", "StatefulSet"),
    workloadsOf(kube, api, "deployments", "Deployment"),
  ]);
  const nodes = [...new Set(pods.flatMap((pod) => pod.spec.nodeName ?? []))];
  // A user without rights on nodes sees everything but memory.
  const summaries = await Promise.all(
    nodes.map((node) => api.json<unknown>(`/api/v1/nodes/${node}/proxy/stats/summary`).catch(() => ({}))),
  );
  const workloads = workloadRows(kinds.flat(), pods, podMemory(summaries, kube.namespace), Date.now());
  const hops = hopRows(now, before);
  const ok = workloads.length > 0 && hops.length > 0 && [...workloads, ...hops, ...stores].every((row) => row.ok);
  return { ok, workloads, hops, stores };
}

/** The metrics of everything that moves events and says so, through the API server's pod proxy. */
async function scrapeJobs(kube: Kube, api: ApiReader): Promise<Scrape[]> {
  const pods = (await podsOf(kube, api)).filter(
    ({ metadata, status }) => metadata.annotations?.["prometheus.io/scrape"] === "true" && status?.phase === "Running",
  );
  const jobs = new Map<string, PodObject[]>();
  for (const pod of pods) {
    const job = pod.metadata.labels?.["app.kubernetes.io/name"] ?? pod.metadata.name;
    jobs.set(job, [...(jobs.get(job) ?? []), pod]);
  }
  return Promise.all(
    [...jobs].map(async ([job, own]): Promise<Scrape> => {
      const path = ({ metadata: { name, annotations } }: PodObject): string => {
        const [port, metrics] = [annotations?.["prometheus.io/port"], annotations?.["prometheus.io/path"]];
        return `/api/v1/namespaces/${kube.namespace}/pods/${name}:${port}/proxy${metrics}`;
      };
      try {
        const texts = await Promise.all(own.map((pod) => api.text(path(pod))));
        return scrapeOf(job, Date.now(), texts);
      } catch {
        return { job, atMs: Date.now(), samples: [], error: "metrics cannot be read" };
      }
    }),
  );
}

async function podsOf(kube: Kube, api: ApiReader): Promise<PodObject[]> {
  return (await api.json<{ items: PodObject[] }>(`/api/v1/namespaces/${kube.namespace}/pods`)).items;
}

async function workloadsOf(
  kube: Kube,
  api: ApiReader,
  plural: string,
  kind: string,
): Promise<(WorkloadObject & { kind: string })[]> {
  const { items } = await api.json<{ items: WorkloadObject[] }>(`/apis/apps/v1/namespaces/${kube.namespace}/${plural}`);
  return items.map((item) => ({ ...item, kind }));
}

/** The picture as tables and a verdict. */
export function render({ ok, workloads, hops, stores }: Picture): string {
  const mark = (good: boolean): string => (good ? "pass" : "FAIL");
  return [
    table(
      ["WORKLOAD", "", "READY", "RESTARTS", "MEMORY MiB", "LIMIT MiB", "AGE"],
      workloads.map((w) => [
        w.workload,
        mark(w.ok),
        `${w.ready}/${w.desired}${w.reason ? ` ${w.reason}` : ""}`,
        w.restarts,
        w.memoryMiB,
        w.limitMiB,
        age(w.ageSeconds),
      ]),
    ),
    "",
    table(
      ["HOP", "", "RECORDS/s", "LAG", "NEWEST EVENT"],
      hops.map((h) => [h.hop, mark(h.ok), h.rate, h.lag, age(h.newestEventAgeSeconds)]),
    ),
    "",
    ...(stores.length === 0
      ? []
      : [
          table(
            ["STORE", "", "STATE", "NEWEST"],
            stores.map((s) => [s.store, mark(s.ok), s.state, age(s.newestAgeSeconds)]),
          ),
          "",
        ]),
    ok ? "pass" : "FAIL",
  ].join("\n");
}
