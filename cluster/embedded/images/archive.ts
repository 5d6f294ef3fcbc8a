import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../../core/run";

/** What an image runs by default. */
export interface ImageDefaults {
  readonly Entrypoint?: string[];
  readonly Cmd?: string[];
  readonly Env?: string[];
  readonly User?: string;
}

/** The `config.json` of a one-layer image in Docker's archive format. `layerSha256` is of the uncompressed layer. */
export function imageConfig(layerSha256: string, defaults: ImageDefaults, architecture: string): object {
  return {
    architecture,
    os: "linux",
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ...defaults },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerSha256}`] },
    history: [{ created_by: "bigdata-lab" }],
  };
}

/** Node's name of a processor, as images call it. */
export function imageArchitecture(node: string = process.arch): string {
  return node === "x64" ? "amd64" : node;
}

/**
 * Packs a directory as an image archive that `ctr images import` reads. The archive appears in one step, complete.
 * @param reference full name, e.g. `docker.io/library/debian:bookworm-slim`
 */
export async function packImage(
  root: string,
  archive: string,
  reference: string,
  defaults: ImageDefaults,
): Promise<void> {
  const work = mkdtempSync(join(dirname(archive), ".image-"));
  try {
    const layer = join(work, "layer.tar");
    const plain = ["--numeric-owner", "--sort=name", "--xattrs", "--one-file-system"];
    await run("tar", [...plain, "-C", root, "-cf", layer, "."]);
    const config = imageConfig(await sha256(layer), defaults, imageArchitecture());
    writeFileSync(join(work, "config.json"), JSON.stringify(config));
    const manifest = [{ Config: "config.json", RepoTags: [reference], Layers: ["layer.tar"] }];
    writeFileSync(join(work, "manifest.json"), JSON.stringify(manifest));
    const draft = join(work, "image.tar");
    await run("tar", ["-C", work, "-cf", draft, "manifest.json", "config.json", "layer.tar"]);
    renameSync(draft, archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function sha256(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash("sha256");
    createReadStream(path)
      .on("data", (chunk) => hash.update(chunk))
      .on("error", reject)
      .on("end", () => resolve(hash.digest("hex")));
  });
}
