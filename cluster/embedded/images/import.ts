import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../core/run";
import { IMAGE_NAMESPACE } from "../layout";
import { packImage } from "./archive";

/** Talks to containerd's image store. */
export interface ImageStore {
  /** Path of `ctr`. */
  readonly ctr: string;
  readonly socket: string;
}

/** Arguments of `ctr` before its verb. */
export function ctrArgs(store: ImageStore, namespace = IMAGE_NAMESPACE): string[] {
  return ["--address", store.socket, "--namespace", namespace];
}

/** Names of the images the kubelet can run. */
export async function presentImages(store: ImageStore): Promise<Set<string>> {
  const { stdout } = await run(store.ctr, [...ctrArgs(store), "images", "list", "--quiet"]);
  return new Set(stdout.split("\n").filter(Boolean));
}

/** Imports an archive, unless an image of that name is there. */
export async function importIfMissing(
  store: ImageStore,
  present: Set<string>,
  reference: string,
  archive: () => Promise<string>,
): Promise<boolean> {
  if (present.has(reference)) return false;
  await run(store.ctr, [...ctrArgs(store), "images", "import", await archive()]);
  return true;
}

/** Name of the image that holds pods' namespaces: by the content of its only program. */
export function pauseReference(program: string): string {
  return `lab.local/pause:${createHash("sha256").update(readFileSync(program)).digest("hex").slice(0, 12)}`;
}

/** Archive of the pause image; made when the cache does not have it. */
export async function ensurePauseImage(directory: string, program: string): Promise<string> {
  const reference = pauseReference(program);
  const archive = join(directory, `pause-${reference.split(":").at(-1)}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(directory, { recursive: true });
  const root = mkdtempSync(join(directory, ".pause-"));
  try {
    copyFileSync(program, join(root, "pause"));
    await packImage(root, archive, reference, { Entrypoint: ["/pause"], User: "65535:65535" });
    return archive;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
