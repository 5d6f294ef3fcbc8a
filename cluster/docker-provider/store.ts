import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../core/run";

/** The image store of the kubelet, in which BuildKit's containerd worker keeps what it built. */
export interface ImageStore {
  /** Names of all images. */
  names(): Promise<Set<string>>;
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

/** Of the images of a repository those that may go: not `kept`, and nothing runs from them. */
export function superseded(names: Set<string>, inUse: Set<string>, repository: string, kept: string[]): string[] {
  return [...names].filter((name) => name.startsWith(`${repository}:`) && !kept.includes(name) && !inUse.has(name));
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
