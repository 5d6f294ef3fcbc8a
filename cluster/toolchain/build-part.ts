import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withLock } from "../core/lock";
import { cachePath } from "../core/paths";
import { isRunning, type Output, type RunOptions, run } from "../core/run";
import { buildFailure, isTransient } from "./build-failure";
import { memoryGiB } from "./machine";
import { BUILD_FLAGS, defaultBinary, type Part } from "./parts";
import type { PlannedPart } from "./plan";

/** How often a download is tried before a registry counts as unreachable. */
const ATTEMPTS = 3;

/** From so much memory on, the compilers collect their garbage less often, which saves a fifth of their time. */
const ROOMY_GIB = 15;

/** Downloads what the part's programs import (and nothing else). Resolves with the number of packages they consist of. */
export async function fetchPart({ part, source }: PlannedPart, signal?: AbortSignal): Promise<number> {
  const args = ["list", "-mod=readonly", "-deps", ...tagFlags(part)];
  const embedding = await overlayFlags(part, source, signal);
  const { stdout } = await go(part, source, [...args, ...embedding, ...packages(part)], { signal });
  return stdout.trim().split("\n").length;
}

/**
 * Builds a part into its directory. All executables appear in one rename, or none does. What an interrupted build has compiled
 * is in Go's build cache (below the lab's), so the next one goes on from there.
 * @param onPackage called with the number of packages compiled so far
 */
export async function buildPart(
  planned: PlannedPart,
  onPackage: (compiled: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { part, source, directory } = planned;
  const key = basename(directory);
  await withLock(
    key,
    `build of ${part.name}`,
    async () => {
      if (existsSync(directory)) return; // another process was faster
      await removeAbandoned(dirname(directory));
      const draft = join(dirname(directory), `.building-${process.pid}-${key}`);
      await mkdir(draft, { recursive: true });
      try {
        await compile(part, source, draft, onPackage, signal);
        await nameExecutables(part, draft);
        await rename(draft, directory);
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
    },
    { directory: cachePath("locks") },
  );
}

async function compile(
  part: Part,
  source: string,
  output: string,
  onPackage: (compiled: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const ldflags = ["-s", "-w", ...(part.ldflags ?? [])].join(" ");
  const args = ["build", "-v", ...BUILD_FLAGS, ...tagFlags(part), `-ldflags=${ldflags}`];
  const embedding = await overlayFlags(part, source, signal);
  let compiled = 0;
  const onLine = (line: string) => {
    // -v names each package as it is compiled; anything else has a blank, as in "go: downloading …"
    if (/^\S+$/.test(line)) onPackage(++compiled);
  };
  await go(part, source, [...args, ...embedding, "-o", `${output}/`, ...packages(part)], { onLine, signal });
}

async function nameExecutables(part: Part, directory: string): Promise<void> {
  for (const program of part.programs) {
    const made = defaultBinary(program);
    const wanted = program.binary ?? made;
    if (made !== wanted) await rename(join(directory, made), join(directory, wanted));
    for (const link of part.links?.[wanted] ?? []) await symlink(wanted, join(directory, link));
  }
}

/** Flags that lay a dependency's files into our source tree, for `go:embed`. Writes the overlay's description to the cache. */
async function overlayFlags(part: Part, source: string, signal?: AbortSignal): Promise<string[]> {
  if (!part.embedded) return [];
  const { module, from, into, files } = part.embedded;
  await go(part, source, ["mod", "download", module], { signal });
  const { stdout } = await go(part, source, ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module], { signal });
  const replace = files.map((file) => [join(source, into, file), join(stdout.trim(), from, file)]);
  const description = cachePath("toolchain", `.overlay-${process.pid}-${part.name}.json`);
  await mkdir(dirname(description), { recursive: true });
  await writeFile(description, JSON.stringify({ Replace: Object.fromEntries(replace) }));
  return [`-overlay=${description}`];
}

/** Runs Go with the lab's own build cache; the module cache stays the user's. @throws LabFailure that says what to do */
async function go(
  part: Part,
  source: string,
  args: string[],
  options: Pick<RunOptions, "onLine" | "signal">,
): Promise<Output> {
  const log = cachePath("log", `build-${part.name}.log`);
  const env = {
    CGO_ENABLED: part.cgo ? "1" : "0",
    GOCACHE: cachePath("go-build"),
    GOWORK: "off",
    GOGC: process.env.GOGC ?? (memoryGiB() >= ROOMY_GIB ? "400" : undefined),
    GOOS: undefined,
    GOARCH: undefined,
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Interrupted rather than killed, Go ends its compilers and removes its temporary files.
      return await run("go", args, { cwd: source, env, log, killSignal: "SIGINT", ...options });
    } catch (error) {
      if (attempt < ATTEMPTS && isTransient(error) && !options.signal?.aborted) continue; // what has arrived is kept
      throw buildFailure(part, error, log);
    }
  }
}

/** Removes drafts of builds whose process is gone. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const pid = /^\.(?:building|overlay)-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(directory, name), { recursive: true, force: true });
  }
}

function packages(part: Part): string[] {
  return part.programs.map((program) => program.package);
}

function tagFlags(part: Part): string[] {
  return part.tags ? [`-tags=${part.tags.join(",")}`] : [];
}
