import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../cluster/core/failure";
import { cachePath, projectRoot } from "../../cluster/core/paths";
import { Progress } from "../../cluster/core/progress";
import { runAside, runInherited } from "../../cluster/core/run";
import { ensureToolchain } from "../../cluster/toolchain";
import { type Command, EXIT, parse, usageFailure } from "../command";
import { interrupted } from "../interrupt";
import { conclusion, type PartResult, single, skippedPart, summarizeFile } from "../test-report";

const PARTS = ["unit", "policy", "cluster", "long"] as const;
type Part = (typeof PARTS)[number];
/** What runs when no part is named. */
const USUAL: readonly Part[] = ["unit", "policy", "cluster"];

export const command: Command = {
  name: "test",
  usage: "[unit] [policy] [cluster] [long] [-- FILTER…]",
  summary: "runs unit, policy and cluster, or the named parts; what CI calls",
  details: [
    "unit     format, lint, types and all tests that need nothing but Node",
    "policy   pulumi preview of every stack under the policy pack (builds Pulumi if there is none)",
    "cluster  real servers and real data on the embedded cluster (needs root; brings the lab up if it is not)",
    "long     what takes minutes more and changes seldom: Spark's executors as pods, a comparison with Spark broken off",
    "",
    "unit and policy run beside cluster where all are asked for, yield to it, and print what they have found when they end.",
    "Words after -- are file name filters, as vitest takes them. The last line is `N passed, N failed`.",
  ].join("\n"),
  async run(args) {
    const cut = args.includes("--") ? args.indexOf("--") : args.length;
    const { words } = parse(command, args.slice(0, cut), {}, { max: PARTS.length });
    const unknown = words.find((word) => !isPart(word));
    if (unknown) throw usageFailure(command, `lab test: unknown part "${unknown}"; there are: ${PARTS.join(", ")}`);
    return runParts(words.length > 0 ? PARTS.filter((p) => words.includes(p)) : [...USUAL], args.slice(cut + 1));
  },
};

function isPart(word: string): word is Part {
  return (PARTS as readonly string[]).includes(word);
}

/** Where what a part prints goes: straight to the terminal, or there as a whole when the part has ended. */
type Printing = "at-once" | "at-its-end";

async function runParts(parts: Part[], filters: string[]): Promise<number> {
  const results: PartResult[] = [];
  if (parts.includes("unit") && filters.length === 0) {
    results.push(await lint());
    if (!interrupted.aborted) results.push(await types());
  }
  const [servers, others] = [parts.filter(needsServers), parts.filter((part) => !needsServers(part))];
  const tools = parts.some((part) => part !== "unit") ? await toolsFor(servers.length > 0) : "";
  const inTurn = async (some: Part[], printing: Printing): Promise<void> => {
    for (const part of some) {
      if (!interrupted.aborted) results.push(await vitest(part, filters, tools, printing));
    }
  };
  // What is tested on servers waits for them, for a third of its time: that is enough for all the rest.
  const beside = servers.length > 0 && others.length > 0 && !(tools instanceof Error) && !noCluster();
  if (beside) process.stdout.write(`\n${others.join(" and ")} run beside the cluster's tests\n`);
  if (beside) await Promise.all([inTurn(servers, "at-once"), inTurn(others, "at-its-end")]);
  else await inTurn(parts, "at-once");
  process.stdout.write(`\n${conclusion(results)}\n`);
  if (interrupted.aborted) return EXIT.interrupted;
  return results.some((r) => r.failed > 0) ? EXIT.failed : EXIT.ok;
}

function needsServers(part: Part): boolean {
  return part === "cluster" || part === "long";
}

/** Why there can be no embedded cluster here; undefined where it can be. */
function noCluster(): string | undefined {
  return process.platform !== "linux" || process.getuid?.() !== 0
    ? "the embedded cluster needs Linux and root"
    : undefined;
}

/** Directories that come before PATH, or what keeps the toolchain from being there. */
async function toolsFor(kubernetes: boolean): Promise<string | Error> {
  try {
    const use = { pulumi: true, kubernetes: kubernetes && !noCluster() };
    return (await ensureToolchain(new Progress(), use, interrupted)).path;
  } catch (error) {
    return new Error(messageOf(error));
  }
}

async function lint(): Promise<PartResult> {
  const code = await runInherited(bin("biome"), ["check", "."], { cwd: projectRoot(), signal: interrupted });
  return single("lint", code === 0 ? undefined : "biome check found something; npm run format mends most of it");
}

async function types(): Promise<PartResult> {
  const code = await runInherited(bin("tsc"), ["--noEmit"], { cwd: projectRoot(), signal: interrupted });
  return single("types", code === 0 ? undefined : "tsc found type errors");
}

async function vitest(part: Part, filters: string[], tools: string | Error, printing: Printing): Promise<PartResult> {
  const missing = needsServers(part) ? noCluster() : undefined;
  if (missing) return skippedPart(part, missing);
  if (part !== "unit" && tools instanceof Error) return single(part, `the toolchain is missing: ${tools.message}`);
  const env = part === "unit" ? {} : { PATH: `${tools}:${process.env.PATH ?? ""}` };
  const directory = cachePath("test");
  mkdirSync(directory, { recursive: true });
  const report = join(directory, `${part}.json`);
  rmSync(report, { force: true }); // an old one must never speak for a run that left none
  const args = ["run", "--project", part, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const runTests = printing === "at-once" ? runInherited : runAside;
  const code = await runTests(bin("vitest"), [...args, ...filters], { cwd: projectRoot(), env, signal: interrupted });
  return summarizeFile(part, report, code, projectRoot());
}

function bin(name: string): string {
  return join(projectRoot(), "node_modules", ".bin", name);
}
