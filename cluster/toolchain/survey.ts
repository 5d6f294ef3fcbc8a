import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf, LabFailure } from "../core/failure";
import { labCache } from "../core/paths";
import { BUILD_PACKAGES, CLUSTER_PACKAGES, type DebianPackage, missingPackages } from "./debian";
import { findPulumi, type InstalledPulumi } from "./installed-pulumi";
import { binariesOf, PARTS } from "./parts";
import { type PlannedPart, planParts } from "./plan";

/** What the toolchain is wanted for. */
export interface ToolchainUse {
  /** Pulumi and its plugins. @default true */
  pulumi?: boolean;
  /** The embedded cluster. @default true */
  kubernetes?: boolean;
  /** A `kubectl` for another cluster, which comes with Kubernetes' other programs. @default false */
  kubectl?: boolean;
  /** The lab's own Docker provider even where the official one is installed, as on the embedded cluster. @default kubernetes */
  ownDockerProvider?: boolean;
}

/** What is there and what is not; making it changes nothing on the machine. */
export interface Survey {
  /** The parts that are wanted, built or not. */
  planned: PlannedPart[];
  /** The Pulumi on PATH, complete or not. */
  pulumi: InstalledPulumi | undefined;
  /** Whether that one is used; otherwise Pulumi is one of the parts. */
  usesInstalledPulumi: boolean;
  /** Debian packages that are missing. */
  packages: DebianPackage[];
}

/** Looks at this machine. */
export async function surveyToolchain(use: ToolchainUse = {}): Promise<Survey> {
  const { pulumi = true, kubernetes = true, kubectl = false } = use;
  const installed = pulumi ? await findPulumi() : undefined;
  const usesInstalledPulumi = installed !== undefined && installed.lacks === undefined;
  const wanted = { pulumi: pulumi && !usesInstalledPulumi, kubernetes };
  const planned = planParts(
    PARTS.filter((part) => wanted[part.group] || (kubectl && binariesOf(part).includes("kubectl"))),
  );
  const buildsC = planned.some(({ part, built }) => part.cgo && !built);
  const needed = [...(kubernetes ? CLUSTER_PACKAGES : []), ...(buildsC ? BUILD_PACKAGES : [])];
  return { planned, pulumi: installed, usesInstalledPulumi, packages: missingPackages(needed) };
}

/** Free space on the disk of the cache (or of what will hold it), in GiB. */
export function freeGiB(directory = labCache()): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return (bavail * bsize) / 2 ** 30;
  } catch (error) {
    if (dirname(directory) === directory) throw error;
    return freeGiB(dirname(directory));
  }
}

/** @throws LabFailure when the cache cannot be written, or lacks `needed` GiB */
export function requireCache(needed: number, directory = labCache()): void {
  try {
    mkdirSync(directory, { recursive: true });
    const probe = join(directory, `.probe-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw new LabFailure(`the cache ${directory} cannot be written (${codeOf(error) ?? String(error)})`, {
      fix: "set LAB_CACHE to a directory you may write",
      cause: error,
    });
  }
  const free = freeGiB(directory);
  if (free < needed) {
    throw new LabFailure(
      `not enough space for the toolchain: ${directory} has ${free.toFixed(1)} GiB free, building it takes ${needed} GiB`,
      { fix: "free some space, or set LAB_CACHE to a directory on a larger disk" },
    );
  }
}
