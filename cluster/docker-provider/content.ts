import { createHash } from "node:crypto";
import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";

/** What a build depends on. */
export interface BuildSources {
  /** Absolute path of the directory the build may copy from. */
  context: string;
  /** Absolute path. */
  dockerfile: string;
  args: Record<string, string>;
  target?: string;
  platform?: string;
}

/** Says of a path relative to the context whether the build sees it. */
export interface ContextFilter {
  includes(path: string): boolean;
  /** Whether anything below a directory may be seen. */
  mayEnter(directory: string): boolean;
}

/**
 * SHA-256 over all that makes an image what it is, as 64 hexadecimal digits: the files of the context the build sees (name,
 * executable bit, bytes), the Dockerfile, build arguments, target and platform. Where the files lie does not count.
 */
export function contentDigest({ context, dockerfile, args, target, platform }: BuildSources): string {
  const hash = createHash("sha256");
  const add = (kind: string, ...texts: (string | Buffer)[]) => {
    for (const text of [kind, ...texts]) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  };
  add("dockerfile", readFileSync(dockerfile));
  add("target", target ?? "", "platform", platform ?? "");
  for (const name of Object.keys(args).sort()) add("arg", name, args[name] ?? "");
  for (const path of contextFiles(context, contextFilter(context, dockerfile))) {
    const file = join(context, path);
    const status = lstatSync(file);
    if (status.isSymbolicLink()) add("link", path, readlinkSync(file));
    else if (status.isFile()) add(status.mode & 0o100 ? "program" : "file", path, readFileSync(file));
    // Sockets and the like are not sent to a build.
  }
  return hash.digest("hex");
}

/** Files and links of a context that its build sees, sorted, with `/` between names. */
export function contextFiles(context: string, filter: ContextFilter): string[] {
  const found: string[] = [];
  const walk = (below: string) => {
    const entries = readdirSync(join(context, below), { withFileTypes: true });
    for (const entry of entries.sort(byName)) {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (!entry.isDirectory()) {
        if (filter.includes(path)) found.push(path);
      } else if (filter.mayEnter(path)) walk(path);
    }
  };
  walk("");
  return found;
}

/** The filter of `<Dockerfile>.dockerignore`, or else of the context's `.dockerignore`; without either all is seen. */
export function contextFilter(context: string, dockerfile: string): ContextFilter {
  const file = [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((path) => existsSync(path));
  return file === undefined ? { includes: () => true, mayEnter: () => true } : parseFilter(readFileSync(file, "utf8"));
}

/** The filter a `.dockerignore` file's text describes. */
export function parseFilter(text: string): ContextFilter {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const rules = dockerignore({ ignorecase: false }).add(lines.filter((line) => !line.startsWith("#")));
  const exceptions = lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1).trim().replace(/^\/+/, ""));
  const includes = (path: string) => !rules.ignores(path);
  return {
    includes,
    mayEnter: (directory) => includes(directory) || exceptions.some((pattern) => mayMatchBelow(pattern, directory)),
  };
}

/** Whether an exception's pattern could match `directory` or anything below it: its fixed beginning agrees with the path. */
function mayMatchBelow(pattern: string, directory: string): boolean {
  const fixed = /^[^*?[\\]*/.exec(pattern)?.[0] ?? "";
  return fixed.startsWith(`${directory}/`) || fixed === directory || `${directory}/`.startsWith(fixed);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
