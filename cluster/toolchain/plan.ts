import { existsSync } from "node:fs";
import { join } from "node:path";
import { hashFiles, hashText } from "../core/hash";
import { cachePath } from "../core/paths";
import { BUILD_FLAGS, type Part } from "./parts";

/** A part and where its executables are, or will be. */
export interface PlannedPart {
  part: Part;
  /** `<cache>/toolchain/<name>-<key>`: it exists only when it is complete. */
  directory: string;
  /** Directory of its go.mod. */
  source: string;
  built: boolean;
}

/** Where the parts' Go modules are. */
export const MODULES = __dirname;

/**
 * Key of a part: it changes with its go.mod, go.sum or sources, with how it is built and with the processor it is built for.
 */
export function partKey(part: Part, source: string): string {
  const { cpuMinutes: _minutes, diskGiB: _space, ...made } = part;
  return hashText(JSON.stringify([made, process.platform, process.arch, BUILD_FLAGS, hashFiles([source])]));
}

/** Which of the parts are there already. Only reads. */
export function planParts(parts: readonly Part[], modules = MODULES): PlannedPart[] {
  return parts.map((part) => {
    const source = join(modules, part.name);
    const directory = cachePath("toolchain", `${part.name}-${partKey(part, source)}`);
    return { part, source, directory, built: existsSync(directory) };
  });
}

/** Minutes that building the missing parts takes on so many cores, when nothing at all is cached: an upper bound. */
export function estimatedMinutes(planned: readonly PlannedPart[], cores: number): number {
  const cpuMinutes = planned.filter(({ built }) => !built).reduce((sum, { part }) => sum + part.cpuMinutes, 0);
  // Beyond eight cores the longest chain of packages and the linker decide.
  return Math.ceil((cpuMinutes / Math.min(Math.max(cores, 1), 8)) * 1.1);
}

/** Free space that building the missing parts needs, in GiB. */
export function neededGiB(planned: readonly PlannedPart[]): number {
  const sum = planned.filter(({ built }) => !built).reduce((total, { part }) => total + part.diskGiB, 0);
  return sum === 0 ? 0 : Math.ceil(sum + 1);
}

/** How many parts to build at once: two overlap one's linking with the other's compiling, and each link takes about 3 GiB. */
export function buildsAtOnce(cores: number, memoryGiB: number): number {
  return cores >= 2 && memoryGiB >= 10 ? 2 : 1;
}
