import { delimiter, join } from "node:path";
import { LabFailure } from "../core/failure";
import type { Progress } from "../core/progress";
import { buildAll } from "./build-all";
import { installPackages } from "./debian";
import { findOnPath } from "./find-on-path";
import { findGo, neededGo, requireGo } from "./go-version";
import { cores, memoryGiB } from "./machine";
import { markUsed, removeOutdated } from "./outdated";
import { binariesOf } from "./parts";
import { buildsAtOnce, neededGiB } from "./plan";
import { requireCache, type Survey, surveyToolchain, type ToolchainUse } from "./survey";
import { wrapperDirectory } from "./wrappers";

/** Executables that are ready to be run. */
export interface Toolchain {
  /** Directories to put before PATH, in PATH's own form. */
  readonly path: string;
  /** Names of the parts that this call has built; empty when all were there. */
  readonly built: string[];
  /** Absolute path of an executable. @throws LabFailure when the toolchain has none of that name */
  binary(name: string): string;
}

/**
 * Finds the toolchain, and builds what is missing of it. Checks first what could stop it (Go, space, system packages), so
 * that a machine that lacks something is left as it was.
 * @param signal interrupts the builds when aborted; what they have compiled is kept for the next time
 * @throws LabFailure that says what is missing or what failed, and what to do
 */
export async function ensureToolchain(
  progress: Progress,
  use: ToolchainUse = {},
  signal?: AbortSignal,
): Promise<Toolchain> {
  signal?.throwIfAborted();
  const survey = await surveyToolchain(use);
  const missing = survey.planned.filter(({ built }) => !built);
  if (missing.length > 0) requireGo(await findGo(), neededGo(missing));
  requireCache(neededGiB(survey.planned));
  await progress.step("Toolchain", async (report) => {
    if (survey.packages.length > 0) {
      report(`installing ${survey.packages.map(({ name }) => name).join(", ")}`);
      await installPackages(survey.packages);
    }
    if (missing.length > 0) {
      const news = { report, note: (line: string) => progress.note(line) };
      await buildAll(missing, buildsAtOnce(cores(), memoryGiB()), news, signal);
      removeOutdated(missing);
    }
    markUsed(survey.planned);
    report(describe(survey, missing.length));
  });
  return assemble(
    survey,
    use,
    missing.map(({ part }) => part.name),
  );
}

function describe({ planned, pulumi, usesInstalledPulumi }: Survey, missing: number): string {
  const parts = missing === 0 ? "all built before" : `${missing} built, ${planned.length - missing} there already`;
  const installed = usesInstalledPulumi ? [`Pulumi ${pulumi?.version} of ${pulumi?.directory}`] : [];
  return [...(planned.length > 0 ? [parts] : []), ...installed].join(", ");
}

function assemble(survey: Survey, use: ToolchainUse, built: string[]): Toolchain {
  const { kubernetes = true, pulumi = true, ownDockerProvider = kubernetes } = use;
  const binaries = new Map<string, string>();
  for (const { part, directory } of survey.planned) {
    for (const name of binariesOf(part)) binaries.set(name, join(directory, name));
  }
  const directories = survey.planned.map(({ directory }) => directory);
  const wrap = (name: "pulumi-analyzer-policy" | "pulumi-resource-docker") => {
    const directory = wrapperDirectory(name);
    directories.push(directory);
    binaries.set(name, join(directory, name));
  };
  if (pulumi && !survey.usesInstalledPulumi) wrap("pulumi-analyzer-policy");
  // The official Docker provider needs a Docker daemon, which the embedded cluster does not have.
  if (pulumi && (ownDockerProvider || !survey.pulumi?.dockerProvider)) wrap("pulumi-resource-docker");
  return {
    path: directories.join(delimiter),
    built,
    binary(name) {
      const file = binaries.get(name) ?? findOnPath(name);
      if (!file) throw new LabFailure(`the toolchain has no ${name}`, { fix: "run `lab doctor`" });
      return file;
    },
  };
}
