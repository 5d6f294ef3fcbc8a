import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join, relative } from "node:path";

/**
 * Content hash of files and whole directories, 16 hexadecimal digits. Each file counts with its name relative to the given
 * path, its executable bit and its bytes; neither the order of `paths` nor where they lie matters.
 */
export function hashFiles(paths: string[]): string {
  const entries = paths.flatMap((path) => filesBelow(path).map((file) => describeFile(path, file)));
  return hashText(entries.sort().join("\n"));
}

/** Content hash of a text, 16 hexadecimal digits. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function filesBelow(path: string): string[] {
  if (!lstatSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

function describeFile(root: string, file: string): string {
  const status = lstatSync(file);
  const name = relative(root, file) || basename(file);
  const bytes = status.isSymbolicLink() ? `-> ${readlinkSync(file)}` : readFileSync(file);
  const executable = (status.mode & 0o100) !== 0 ? "x" : "-";
  return `${createHash("sha256").update(bytes).digest("hex")} ${executable} ${name}`;
}
