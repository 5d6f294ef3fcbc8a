import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashText } from "../core/hash";
import { cachePath, projectRoot } from "../core/paths";

/** Executables of ours that Pulumi starts by name, as shell text; they hold the paths of one checkout. */
export function wrapperTexts(root: string, node: string): Record<string, string> {
  const exec = (...words: string[]) => `#!/bin/sh\nexec ${words.map(quote).join(" ")} "$@"\n`;
  const docker = join(root, "cluster/docker-provider/main.ts");
  return {
    "pulumi-analyzer-policy": exec(node, join(root, "node_modules/@pulumi/pulumi/cmd/run-policy-pack")),
    "pulumi-resource-docker": exec(node, join(root, "cluster/core/launch.cjs"), docker),
  };
}

/** Writes one wrapper for this checkout, unless it is there. Resolves to the directory that holds it alone. */
export function wrapperDirectory(name: "pulumi-analyzer-policy" | "pulumi-resource-docker"): string {
  const text = wrapperTexts(projectRoot(), process.execPath)[name] ?? "";
  const directory = cachePath("toolchain", `${name}-${hashText(text)}`);
  const file = join(directory, name);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return directory;
  mkdirSync(directory, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  chmodSync(draft, 0o755);
  renameSync(draft, file);
  return directory;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
