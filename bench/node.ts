import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachePath, projectRoot } from "../cluster/core/paths";
import { run } from "../cluster/core/run";

/** The Node of the job images, from npm; fetched once. */
export async function nodeOfImages(): Promise<string> {
  const manifest = JSON.parse(readFileSync(join(projectRoot(), "jobs/image/package.json"), "utf8")) as {
    optionalDependencies: Record<string, string>;
  };
  const name = `node-linux-${process.arch}`;
  const version = manifest.optionalDependencies[name];
  if (!version) throw new Error(`the job images have no Node for ${process.arch}`);
  const prefix = cachePath("bench", `${name}-${version}`);
  const binary = join(prefix, "node_modules", name, "bin/node");
  if (existsSync(binary)) return binary;
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, "package.json"), JSON.stringify({ private: true }));
  const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", prefix, `${name}@${version}`];
  await run("npm", install, { cwd: prefix, timeoutMs: 600_000 });
  return binary;
}
