import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LabFailure } from "../core/failure";
import { run } from "../core/run";
import type { PlannedPart } from "./plan";

/** An installed Go. */
export interface InstalledGo {
  /** E.g. `1.26.8`. */
  version: string;
  /** Whether it may download a newer one of itself when a module asks for it (`GOTOOLCHAIN`). */
  updatesItself: boolean;
}

/** The Go on PATH, or undefined when there is none. */
export async function findGo(env: NodeJS.ProcessEnv = process.env): Promise<InstalledGo | undefined> {
  try {
    const { stdout } = await run("go", ["env", "GOVERSION", "GOTOOLCHAIN"], { env: { ...env, GOWORK: "off" } });
    const [version = "", toolchain = ""] = stdout.trim().split("\n");
    return { version: version.replace(/^go/, ""), updatesItself: toolchain !== "local" };
  } catch {
    return undefined;
  }
}

/** The highest `go` line among the parts' go.mod files. */
export function neededGo(planned: readonly PlannedPart[]): string {
  const versions = planned.map(({ source }) => /^go (\S+)$/m.exec(readFileSync(join(source, "go.mod"), "utf8"))?.[1]);
  return (
    versions
      .filter((version) => version !== undefined)
      .sort(compareVersions)
      .at(-1) ?? "1.26"
  );
}

/** Orders dotted numbers: `1.9` before `1.26`, `1.26` before `1.26.3`. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map((word) => Number.parseInt(word, 10) || 0));
  for (let i = 0; i < Math.max(a?.length ?? 0, b?.length ?? 0); i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** @throws LabFailure when there is no Go, or one that can build the parts neither as it is nor by updating itself */
export function requireGo(found: InstalledGo | undefined, needed: string): InstalledGo {
  const fix = `install Go ${needed} or newer and put its bin directory on PATH; \`lab doctor\` says what it finds`;
  if (!found) throw new LabFailure("the toolchain has to be built, and Go was not found", { fix });
  if (compareVersions(found.version, needed) < 0 && !found.updatesItself) {
    throw new LabFailure(`the toolchain needs Go ${needed} or newer; found ${found.version} with GOTOOLCHAIN=local`, {
      fix,
    });
  }
  return found;
}
