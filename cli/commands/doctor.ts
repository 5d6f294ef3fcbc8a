import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../../cluster/core/failure";
import { labCache } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";
import { findCluster } from "../../cluster/embedded";
import { PORTS } from "../../cluster/embedded/layout";
import { currentListeners, ownerOf } from "../../cluster/embedded/listeners";
import { clusterOf } from "../../cluster/embedded/process-identity";
import { findGo, neededGo } from "../../cluster/toolchain/go-version";
import { cores, memoryGiB } from "../../cluster/toolchain/machine";
import { freeGiB, surveyToolchain } from "../../cluster/toolchain/survey";
import { type Command, EXIT, parse } from "../command";
import { type Finding, findings, type MachineFacts } from "../doctor-findings";
import { table } from "../table";

/** `lab doctor`: what this machine has, what `lab up` will build and install, and what the user has to see to. */
export const command: Command = {
  name: "doctor",
  usage: "",
  summary: "what this machine has, what will be built and about how long that takes, and what is missing",
  details: "It changes nothing. The exit code is 1 when something is missing that `lab up` cannot get by itself.",
  async run(args) {
    parse(command, args, {});
    const found = findings(await facts());
    process.stdout.write(`${report(found)}\n`);
    return found.some(({ state }) => state === "missing") ? EXIT.failed : EXIT.ok;
  },
};

/** The text of `lab doctor`. */
export function report(found: readonly Finding[]): string {
  const words = { ok: "ok", will: "lab up", missing: "MISSING" } as const;
  const rows = found.map(({ state, subject, detail }) => [words[state], subject, detail]);
  const missing = found.filter(({ state }) => state === "missing");
  const verdict =
    missing.length === 0
      ? ["Nothing is missing: run ./lab up"]
      : ["Before ./lab up:", ...missing.map(({ subject, fix }) => `  ${subject}: ${fix}`)];
  return [table(["", "what", "found"], rows), "", ...verdict].join("\n");
}

async function facts(): Promise<MachineFacts> {
  const survey = await surveyToolchain();
  const git = await run("git", ["--version"]).catch(() => undefined);
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    apt: existsSync("/usr/bin/apt-get"),
    node: process.versions.node,
    git: git?.stdout.trim().replace("git version ", ""),
    go: await findGo(),
    neededGo: neededGo(survey.planned),
    cores: cores(),
    memoryGiB: memoryGiB(),
    freeGiB: freeGiB(),
    cache: labCache(),
    cacheProblem: cacheProblem(),
    cgroups: cgroups(),
    takenPorts: takenPorts(),
    clusterRuns: (await findCluster().catch(() => undefined)) !== undefined,
    survey,
  };
}

function cacheProblem(directory = labCache()): string | undefined {
  try {
    accessSync(directory, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" && dirname(directory) !== directory ? cacheProblem(dirname(directory)) : code;
  }
}

function cgroups(): 1 | 2 | undefined {
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) return 2;
  return existsSync("/sys/fs/cgroup/memory") ? 1 : undefined;
}

/** Ports that the cluster needs and that a process outside it holds. */
function takenPorts(): string[] {
  if (process.platform !== "linux") return [];
  const wanted = Object.values(PORTS).filter((port) => port > 1_023); // 53 is taken on the lab's own bridge alone
  const taken = currentListeners()
    .filter(({ port, protocol }) => protocol === "tcp" && (wanted as number[]).includes(port))
    .flatMap((listener) => {
      const owner = ownerOf(listener);
      if (owner && clusterOf(owner.pid) !== undefined) return [];
      return [owner ? `${listener.port} by ${owner.name} (pid ${owner.pid})` : String(listener.port)];
    });
  return [...new Set(taken)];
}
