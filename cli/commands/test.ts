import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../cluster/core/failure";
import { cachePath, projectRoot } from "../../cluster/core/paths";
import { Progress } from "../../cluster/core/progress";
import { runInherited } from "../../cluster/core/run";
import { ensureToolchain } from "../../cluster/toolchain";
import { type Command, EXIT, parse, usageFailure } from "../command";
import { interrupted } from "../interrupt";
import { conclusion, type PartResult, single, skippedPart, summarizeFile } from "../test-report";

const PARTS = ["unit", "policy", "cluster"] as const;
type Part = (typeof PARTS)[number];

export const command: Command = {
  name: "test",
  usage: "[unit] [policy] [cluster] [-- FILTER…]",
  summary: "runs every test, or the named parts; what CI calls",
  details: [
    "unit     format, lint, types and all tests that need nothing but Node",
    "policy   pulumi preview of every stack under the policy pack (builds Pulumi if there is none)",
    "cluster  real servers and real data on the embedded cluster (needs root; brings the lab up if it is not)",
    "",
    "Words after -- are file name filters, as vitest takes them. The last line is `N passed, N failed`.",
  ].join("\n"),
  async run(args) {
    const cut = args.includes("--") ? args.indexOf("--") : args.length;
    const { words } = parse(command, args.slice(0, cut), {}, { max: PARTS.length });
    const unknown = words.find((word) => !isPart(word));
    if (unknown) throw usageFailure(command, `lab test: unknown part "${unknown}"; there are: ${PARTS.join(", ")}`);
    return runParts(words.length > 0 ? PARTS.filter((p) => words.includes(p)) : [...PARTS], args.slice(cut + 1));
  },
};

function isPart(word: string): word is Part {
  return (PARTS as readonly string[]).includes(word);
}

async function runParts(parts: Part[], filters: string[]): Promise<number> {
  const results: PartResult[] = [];
  for (const part of parts) {
    if (interrupted.aborted) break;
    if (part === "unit" && filters.length === 0) results.push(await lint(), await types());
    results.push(await vitest(part, filters));
  }
  process.stdout.write(`\n${conclusion(results)}\n`);
  if (interrupted.aborted) return EXIT.interrupted;
  return results.some((r) => r.failed > 0) ? EXIT.failed : EXIT.ok;
}

async function lint(): Promise<PartResult> {
  const code = await runInherited(bin("biome"), ["check", "."], { cwd: projectRoot() });
  return single("lint", code === 0 ? undefined : "biome check found something; npm run format mends most of it");
}

async function types(): Promise<PartResult> {
  const code = await runInherited(bin("tsc"), ["--noEmit"], { cwd: projectRoot() });
  return single("types", code === 0 ? undefined : "tsc found type errors");
}

async function vitest(part: Part, filters: string[]): Promise<PartResult> {
  const env: Record<string, string> = {};
  if (part !== "unit") {
    if (part === "cluster" && (process.platform !== "linux" || process.getuid?.() !== 0)) {
      return skippedPart(part, "the embedded cluster needs Linux and root");
    }
    try {
      const toolchain = await ensureToolchain(new Progress(), { pulumi: true, kubernetes: part === "cluster" });
      env.PATH = `${toolchain.path}:${process.env.PATH ?? ""}`;
    } catch (error) {
      return single(part, `the toolchain is missing: ${messageOf(error)}`);
    }
  }
  const directory = cachePath("test");
  mkdirSync(directory, { recursive: true });
  const report = join(directory, `${part}.json`);
  rmSync(report, { force: true }); // an old one must never speak for a run that left none
  const args = ["run", "--project", part, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await runInherited(bin("vitest"), [...args, ...filters], { cwd: projectRoot(), env });
  return summarizeFile(part, report, code, projectRoot());
}

function bin(name: string): string {
  return join(projectRoot(), "node_modules", ".bin", name);
}
