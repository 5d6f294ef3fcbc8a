import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { cachePath } from "../../../cluster/core/paths";
import { inNamespace, labOk, NAMESPACE } from "./lab";
import { TEST_RUN } from "./test-run";

type Stack = "lab" | "lambda" | "smartcar";

interface Workload {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: { readonly observedGeneration?: number; readonly readyReplicas?: number };
}

/** Brings a stack up by `lab up` with options, and notes for {@link stackUp} how that ended; resolves with what it printed. */
export async function bringUp(stack: Stack, ...options: string[]): Promise<string> {
  mkdirSync(dirname(noteOf(stack)), { recursive: true });
  writeFileSync(noteOf(stack), `${TEST_RUN} failed`);
  const { stdout } = await labOk(["up", stack, ...options]);
  writeFileSync(noteOf(stack), TEST_RUN);
  return stdout;
}

/**
 * Has a stack up for the tests of a file. It is up already when an earlier file of this very run has brought it up, with the
 * additions, and all its servers are ready: each file leaves a stack as it found it, or without one; additions
 * stay until the last file that asks for them. One that did not come up in this run is not waited for again.
 */
export async function stackUp(stack: Stack = "lab", ...additions: string[]): Promise<void> {
  const note = existsSync(noteOf(stack)) ? readFileSync(noteOf(stack), "utf8") : "";
  if (note === `${TEST_RUN} failed`) throw new Error(`lab up ${stack} has failed before in this run`);
  const isUp = note === TEST_RUN && (await isReady(stack === "lab" ? NAMESPACE : `${NAMESPACE}-${stack}`, additions));
  if (!isUp) await bringUp(stack, ...additions.flatMap((one) => ["--with", one]));
}

function noteOf(stack: Stack): string {
  return cachePath("test", `up-${stack}.run`);
}

async function isReady(namespace: string, additions: readonly string[]): Promise<boolean> {
  const { items } = await inNamespace(namespace).kubeGet<{ items: Workload[] }>("deployments,statefulsets");
  const ready = ({ metadata, spec, status }: Workload) =>
    status.observedGeneration === metadata.generation && (status.readyReplicas ?? 0) === spec.replicas;
  const names = new Set(items.map(({ metadata }) => metadata.name));
  return items.length > 0 && items.every(ready) && additions.every((one) => names.has(one));
}
