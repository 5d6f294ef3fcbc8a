import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../core/run";

/** An image's name and what it stands for. */
export interface StoredImage {
  name: string;
  /** Of the manifest. */
  digest: string;
}

/** The image store of the kubelet, in which BuildKit's containerd worker keeps what it built. */
export interface ImageStore {
  /** Names alone: what an image stands for, and how large it is, takes the store ten times as long to say. */
  names(): Promise<Set<string>>;
  images(): Promise<StoredImage[]>;
  /** Images that a running container was started from. */
  inUse(): Promise<Set<string>>;
  remove(names: string[]): Promise<void>;
}

/**
 * Where containerd listens: `CONTAINERD_ADDRESS`, or beside BuildKit's socket. Undefined when it cannot be reached from
 * here, as with a remote BuildKit.
 */
export function containerdAddress(
  env: NodeJS.ProcessEnv = process.env,
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  const buildkit = /^unix:\/\/(.+)$/.exec(env.BUILDKIT_HOST ?? "")?.[1];
  const address = env.CONTAINERD_ADDRESS || (buildkit && join(dirname(buildkit), "containerd.sock"));
  return address && exists(address) ? address : undefined;
}

/** The store behind a containerd socket, by its command line. */
export class ContainerdStore implements ImageStore {
  /** @param address path of containerd's socket */
  constructor(private readonly address: string) {}

  async names(): Promise<Set<string>> {
    return new Set(words(await this.ctr(["images", "ls", "--quiet"])));
  }

  async images(): Promise<StoredImage[]> {
    const table = rows(await this.ctr(["images", "ls"]));
    return table.flatMap(([name, , digest]) => (name && digest ? [{ name, digest }] : []));
  }

  async inUse(): Promise<Set<string>> {
    const tasks = await this.ctr(["tasks", "ls"]);
    const running = new Set(rows(tasks).flatMap(([id, , state]) => (id && state === "RUNNING" ? [id] : [])));
    const containers = await this.ctr(["containers", "ls"]);
    return new Set(rows(containers).flatMap(([id, image]) => (id && image && running.has(id) ? [image] : [])));
  }

  async remove(names: string[]): Promise<void> {
    if (names.length > 0) await this.ctr(["images", "rm", ...names]);
  }

  private async ctr(args: string[]): Promise<string> {
    const { stdout } = await run("ctr", ["--address", this.address, "--namespace", "k8s.io", ...args], {
      timeoutMs: 30_000,
    });
    return stdout;
  }
}

/**
 * Names of the images of a repository that may go: not `kept`, and nothing runs from them. The kubelet's interface knows each
 * image by its id (`sha256:…`) as well; that goes with an image's last name, or its layers would stay.
 */
export function superseded(images: StoredImage[], inUse: Set<string>, repository: string, kept: string[]): string[] {
  const goes = ({ name }: StoredImage) => name.startsWith(`${repository}:`) && !kept.includes(name) && !inUse.has(name);
  const isId = ({ name }: StoredImage) => name.startsWith("sha256:");
  const leaving = new Set(images.filter(goes).map(({ digest }) => digest));
  const staying = new Set(images.filter((image) => !goes(image) && !isId(image)).map(({ digest }) => digest));
  const unnamed = (image: StoredImage) => isId(image) && leaving.has(image.digest) && !staying.has(image.digest);
  return images.filter((image) => goes(image) || unnamed(image)).map(({ name }) => name);
}

function words(text: string): string[] {
  return text.split("\n").filter(Boolean);
}

/** Columns of a table, without its head. */
function rows(table: string): string[][] {
  return words(table)
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}
