import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { LabFailure } from "../cluster/core/failure";
import { cachePath } from "../cluster/core/paths";
import { despiteRemains } from "./broken-off";
import { sleep } from "./interrupt";
import type { Kube } from "./kube";
import { Pulumi, type StateResource } from "./pulumi";
import type { Target } from "./target";

/** Kinds of objects in a namespace that are looked for; Jobs are not among them, as they clear themselves away. */
const KINDS = ["StatefulSet", "Deployment", "Service", "ConfigMap", "Secret", "NetworkPolicy", "CronJob"];
/** How long a namespace may take to end. */
const ENDING_TIMEOUT_MS = 180_000;

/** An object of the cluster, as far as it is compared with the state. */
interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly replicas?: number };
}

/** What was done about a state that did not match the cluster, in words for people. */
export interface Deployment {
  readonly summary: string;
  readonly notes: string[];
}

/** Runs `pulumi up` for a target, after the state has been brought to terms with a cluster that is new or lost its images. */
export async function deploy(target: Target, report: (detail: string) => void): Promise<Deployment> {
  const pulumi = new Pulumi(target.file, target.world);
  const notes: string[] = [];
  report("reading the stack's state");
  await pulumi.init();
  const identity = await clusterIdentity(target);
  let resources = await pulumi.resources();
  if (resources.length > 0 && isOfRemovedCluster(target, identity)) {
    notes.push("the stack's state described a cluster that was removed since; it starts anew");
    await pulumi.forget();
    await pulumi.init();
    resources = [];
  }
  rememberIdentity(target.file.stack, identity);
  const { missing, scaled } = await driftOf(target, resources, report);
  const ours = target.context === undefined;
  if (missing.length > 0) notes.push("objects of the stack were missing in the cluster; they are made again");
  if (scaled.length > 0) {
    notes.push(`somebody has scaled ${scaled.join(", ")}; ${ours ? "it is as declared again" : "that was left alone"}`);
  }
  const unscale = ours && scaled.length > 0;
  const refresh = missing.length > 0 || unscale;
  const up = (takeOver: boolean): Promise<string> => pulumi.up(report, { refresh, takeOver: takeOver || unscale });
  const summary = await despiteRemains(pulumi, ours, up, (text) => notes.push(text)).catch((error: unknown) => {
    throw ours ? error : overScaled(error, scaled);
  });
  return { summary, notes };
}

/**
 * Says of a failure that workloads were scaled by somebody, where there are any: Kubernetes refuses to have an update change what
 * another has set. Pure; exported for its test.
 */
export function overScaled(error: unknown, scaled: readonly string[]): unknown {
  if (scaled.length === 0 || !(error instanceof LabFailure)) return error;
  return new LabFailure(`${error.message}; somebody has scaled ${scaled.join(", ")}`, {
    ...(error.log ? { log: error.log } : {}),
    fix: "kubectl scale them to what they were, if that is what the update stumbles over; then the same command again",
    exitCode: error.exitCode,
    cause: error,
  });
}

/**
 * Whether the stack's state describes an embedded cluster that was removed since.
 * @param identity of the cluster that is there now: {@link clusterIdentity}
 * @throws LabFailure when it describes another cluster than the context that was named
 */
export function isOfRemovedCluster(target: Pick<Target, "file" | "context">, identity: string): boolean {
  const known = rememberedIdentity(target.file.stack);
  if (known === undefined || known === identity) return false;
  if (target.context === undefined) return true;
  throw new LabFailure(
    `stack "${target.file.stack}" was deployed to another cluster than context "${target.context}"`,
    {
      fix: "name that cluster's context; if it is gone: lab destroy --forget, then lab up again",
    },
  );
}

/** The cluster itself, whatever its address: a hash of its CA (or of its address, where no CA is named). */
export async function clusterIdentity({ kube }: Pick<Target, "kube">): Promise<string> {
  interface View {
    clusters: { cluster: { "certificate-authority-data"?: string; server: string } }[];
  }
  const { stdout } = await kube.run(["config", "view", "--minify", "--flatten", "--raw", "--output=json"]);
  const cluster = (JSON.parse(stdout) as View).clusters[0]?.cluster;
  return createHash("sha256")
    .update(cluster?.["certificate-authority-data"] ?? cluster?.server ?? "")
    .digest("hex")
    .slice(0, 16);
}

/** How the cluster differs from the state, as far as the state must be read anew for it before the update. */
async function driftOf(
  target: Target,
  resources: readonly StateResource[],
  report: (detail: string) => void,
): Promise<{ missing: string[]; scaled: string[] }> {
  if (resources.length === 0) return { missing: [], scaled: [] };
  const namespace = await standingNamespace(target.kube, report);
  const { items } = await target.kube.get<{ items: Workload[] }>([KINDS.join(",")]);
  const present = new Set([...items.map(({ kind, metadata }) => `${kind}/${metadata.name}`), `Namespace/${namespace}`]);
  return { missing: missingObjects(resources, present), scaled: scaledWorkloads(resources, items) };
}

/** The namespace's name, empty when there is none; one that a broken-off `lab destroy` has deleted is waited for. */
async function standingNamespace(kube: Kube, report: (detail: string) => void): Promise<string> {
  const ask = ["get", "namespace", kube.namespace, "--ignore-not-found"];
  for (const deadline = Date.now() + ENDING_TIMEOUT_MS; ; await sleep(500)) {
    const format = "--output=jsonpath={.metadata.name} {.metadata.deletionTimestamp}";
    const [name = "", ending] = (await kube.run([...ask, format])).stdout.split(" ");
    if (!ending) return name;
    if (Date.now() > deadline) {
      throw new LabFailure(`namespace ${kube.namespace} is being deleted, and does not end`, {
        fix: `kubectl describe namespace ${kube.namespace} says what it waits for`,
      });
    }
    report("waiting for the end of what lab destroy has begun");
  }
}

/** The namespace and objects in it that the state has and the cluster no longer has, `Kind/name`. Pure. */
export function missingObjects(resources: readonly StateResource[], present: ReadonlySet<string>): string[] {
  const kinds = ["Namespace", ...KINDS];
  return resources.flatMap(({ type, outputs }) => {
    const kind = type.split(":").at(-1) ?? "";
    if (!type.startsWith("kubernetes:") || !kinds.includes(kind)) return [];
    const metadata = outputs?.metadata as { name?: string } | undefined;
    const key = `${kind}/${metadata?.name}`;
    return metadata?.name !== undefined && !present.has(key) ? [key] : [];
  });
}

/** Workloads whose number of pods is not the one they were deployed with, each as `NAME (of 1 to 0)`. Pure. */
export function scaledWorkloads(resources: readonly StateResource[], live: readonly Workload[]): string[] {
  const replicas = new Map(live.map(({ kind, metadata, spec }) => [`${kind}/${metadata.name}`, spec?.replicas]));
  return resources.flatMap(({ type, inputs }) => {
    const declared = inputs as { metadata?: { name?: string }; spec?: { replicas?: number } } | undefined;
    const name = declared?.metadata?.name;
    const wanted = declared?.spec?.replicas;
    const found = replicas.get(`${type.split(":").at(-1)}/${name}`);
    const differ =
      type.startsWith("kubernetes:apps/") && wanted !== undefined && found !== undefined && found !== wanted;
    return differ ? [`${name} (of ${wanted} to ${found})`] : [];
  });
}

function identityFile(stack: string): string {
  return cachePath("pulumi-project", `${stack}.cluster`);
}

function rememberedIdentity(stack: string): string | undefined {
  const file = identityFile(stack);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

function rememberIdentity(stack: string, identity: string): void {
  mkdirSync(dirname(identityFile(stack)), { recursive: true });
  writeFileSync(identityFile(stack), `${identity}\n`);
}
