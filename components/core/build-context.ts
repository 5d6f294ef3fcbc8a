import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Never part of a build, and too large to walk. */
const NEVER = new Set([".git", "node_modules"]);

/** One line of a `.dockerignore`: the last that matches a path decides. */
interface IgnoreRule {
  readonly admits: boolean;
  readonly pattern: RegExp;
  /** Path up to the first wildcard, to see which directories are worth walking. */
  readonly fixedPrefix: string;
}

/**
 * Content hash of what a build can see: the files below `context` that its `.dockerignore` admits (`<dockerfile>.dockerignore`
 * where there is one, as BuildKit prefers it) and the Dockerfile itself. It names the image, so an image is
 * built and rolled out when, and only when, one of its own sources changed.
 */
export function buildContextHash(context: string, dockerfile: string): string {
  const ignoreFile = [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((file) => existsSync(file));
  const rules = ignoreFile ? parseDockerignore(readFileSync(ignoreFile, "utf8")) : [];
  const hash = createHash("sha256").update(readFileSync(dockerfile));
  for (const path of admittedFiles(context, rules)) hash.update(`\0${path}\0${describe(join(context, path))}`);
  return hash.digest("hex").slice(0, 16);
}

/** Paths of the admitted files, relative to `context`, sorted. */
export function admittedFiles(context: string, rules: readonly IgnoreRule[], below = ""): string[] {
  return readdirSync(join(context, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (NEVER.has(entry.name)) return [];
      const admitted = admits(rules, path);
      if (!entry.isDirectory()) return admitted ? [path] : [];
      const mayHoldAdmitted = rules.some(
        ({ admits: yes, fixedPrefix }) =>
          yes && (fixedPrefix.startsWith(`${path}/`) || `${path}/`.startsWith(fixedPrefix)),
      );
      return admitted || mayHoldAdmitted ? admittedFiles(context, rules, path) : [];
    });
}

/** Lines of a `.dockerignore`, in order. */
export function parseDockerignore(text: string): IgnoreRule[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => {
      const admits = line.startsWith("!");
      const glob = line.replace(/^!/, "").replace(/^\/+|\/+$/g, "");
      return { admits, pattern: globPattern(glob), fixedPrefix: /^[^*?[]*/.exec(glob)?.[0] ?? "" };
    });
}

function admits(rules: readonly IgnoreRule[], path: string): boolean {
  return rules.findLast(({ pattern }) => pattern.test(path))?.admits ?? true;
}

/** A pattern matches a path and all that lies below it. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(
      /\*\*\/|\*\*|\*|\?/g,
      (wildcard) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" })[wildcard] ?? wildcard,
    );
  return new RegExp(`^${source}(?:/.*)?$`);
}

function describe(file: string): string {
  const status = lstatSync(file);
  const bytes = status.isSymbolicLink() ? `-> ${readlinkSync(file)}` : readFileSync(file);
  return `${status.mode & 0o100 ? "x" : "-"} ${createHash("sha256").update(bytes).digest("hex")}`;
}
