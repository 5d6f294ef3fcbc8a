import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Kube } from "./kube";

interface Volume {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly claimRef?: { readonly namespace?: string; readonly name?: string };
    readonly persistentVolumeReclaimPolicy?: string;
  };
}

/** Volumes that hold, or held, claims of a namespace. Pure. */
export function volumesOf(volumes: readonly Volume[], namespace: string): string[] {
  return volumes
    .filter(({ spec }) => spec.claimRef?.namespace === namespace)
    .map(({ metadata, spec }) => `${metadata.name} (${spec.claimRef?.name})`);
}

/**
 * What a destroyed stack has left in its cluster, one line each; empty is the proof that nothing is.
 * @param volumeDirectory where an embedded cluster keeps volumes; undefined elsewhere
 */
export async function leftovers(kube: Kube, volumeDirectory: string | undefined): Promise<string[]> {
  const { namespace } = kube;
  const namespaces = await kube.get<{ items: { metadata: { name: string } }[] }>(["namespaces"]);
  const { items } = await kube.get<{ items: Volume[] }>(["persistentvolumes"]);
  const left = namespaces.items.some(({ metadata }) => metadata.name === namespace) ? [`namespace ${namespace}`] : [];
  left.push(...volumesOf(items, namespace).map((name) => `volume ${name}`));
  if (volumeDirectory !== undefined && existsSync(volumeDirectory)) {
    // local-path-provisioner names them <volume>_<namespace>_<claim>.
    const mine = readdirSync(volumeDirectory).filter((name) => name.split("_")[1] === namespace);
    left.push(...mine.map((name) => `directory ${join(volumeDirectory, name)}`));
  }
  return left;
}
