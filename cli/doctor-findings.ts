import { compareVersions, type InstalledGo } from "../cluster/toolchain/go-version";
import { estimatedMinutes, neededGiB } from "../cluster/toolchain/plan";
import type { Survey } from "../cluster/toolchain/survey";

/** What `lab doctor` looks at. */
export interface MachineFacts {
  readonly platform: string;
  readonly root: boolean;
  /** Whether apt-get can install what is missing. */
  readonly apt: boolean;
  readonly node: string;
  readonly git: string | undefined;
  readonly go: InstalledGo | undefined;
  /** Lowest Go that builds what is missing of the toolchain. */
  readonly neededGo: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly freeGiB: number;
  /** The cache directory, and why it cannot be written, if so. */
  readonly cache: string;
  readonly cacheProblem: string | undefined;
  /** Version of control groups; undefined when none are mounted. */
  readonly cgroups: 1 | 2 | undefined;
  /** Ports of the embedded cluster that somebody else listens on, as `6443 by nginx (pid 12)`. */
  readonly takenPorts: readonly string[];
  /** Whether the embedded cluster runs. */
  readonly clusterRuns: boolean;
  readonly survey: Survey;
}

/** One line of `lab doctor`. */
export interface Finding {
  /** `ok`: nothing to do; `will`: `lab up` does it; `missing`: the user has to. */
  readonly state: "ok" | "will" | "missing";
  readonly subject: string;
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Memory in GiB below which the lab does not start. */
const LEAST_MEMORY_GIB = 4;
/** Free space in GiB for images, volumes and Pulumi's state, beside the toolchain's. */
const LAB_DISK_GIB = 8;

/** What the facts mean for `lab up` with the embedded cluster. */
export function findings(facts: MachineFacts): Finding[] {
  return [
    ok("Node.js", facts.node),
    git(facts),
    ...(facts.survey.planned.some(({ built }) => !built) ? [go(facts)] : []),
    pulumi(facts.survey),
    toolchain(facts),
    packages(facts),
    system(facts),
    memory(facts),
    disk(facts),
    ports(facts),
  ];
}

function git({ git: version }: MachineFacts): Finding {
  if (version) return ok("git", version);
  return missing("git", "not found; Go and people need it", "apt-get install git");
}

function go({ go: found, neededGo: needed }: MachineFacts): Finding {
  const fix = `install Go ${needed} or newer and put its bin directory on PATH`;
  if (!found) return missing("Go", "not found, and the toolchain has to be built", fix);
  if (compareVersions(found.version, needed) >= 0) return ok("Go", found.version);
  if (!found.updatesItself) return missing("Go", `${found.version}, and ${needed} is needed (GOTOOLCHAIN=local)`, fix);
  return will("Go", `${found.version} will fetch Go ${needed} by itself`);
}

function pulumi({ pulumi: installed, usesInstalledPulumi, planned }: Survey): Finding {
  if (usesInstalledPulumi) return ok("Pulumi", `${installed?.version} in ${installed?.directory}, with its plugins`);
  const own = planned.filter(({ part }) => part.group === "pulumi");
  const why = installed ? `the installed ${installed.version} lacks ${installed.lacks}; ` : "";
  return own.every(({ built }) => built) ? ok("Pulumi", `${why}built before`) : will("Pulumi", `${why}to be built`);
}

function toolchain({ survey: { planned }, cores }: MachineFacts): Finding {
  const open = planned.filter(({ built }) => !built);
  if (open.length === 0) return ok("toolchain", `${planned.length} of ${planned.length} parts are built`);
  const names = open.map(({ part }) => part.name).join(", ");
  const minutes = estimatedMinutes(planned, cores);
  const count = `${open.length} of ${planned.length} parts`;
  return will("toolchain", `${count} to be built (${names}): about ${minutes} min on ${cores} cores`);
}

function packages({ survey, root, apt }: MachineFacts): Finding {
  const names = survey.packages.map(({ name }) => name).join(" ");
  if (names === "") return ok("packages", "all system packages are there");
  if (root && apt) return will("packages", `${names}, by apt-get`);
  return missing("packages", `${names} not found`, `apt-get install ${names} (or what your distribution calls them)`);
}

function system({ platform, root, cgroups }: MachineFacts): Finding {
  const elsewhere = "or use an existing cluster: ./lab up --context NAME";
  if (platform !== "linux") {
    return missing("system", `${platform}; the embedded Kubernetes needs Linux`, elsewhere.slice("or ".length));
  }
  if (!root) return missing("system", "not root; the embedded Kubernetes needs it", `run lab as root, ${elsewhere}`);
  if (!cgroups) return missing("system", "no control groups are mounted", `mount them at /sys/fs/cgroup, ${elsewhere}`);
  return ok("system", `Linux, root, control groups version ${cgroups}`);
}

function memory({ memoryGiB }: MachineFacts): Finding {
  const found = `${memoryGiB.toFixed(1)} GiB`;
  if (memoryGiB >= LEAST_MEMORY_GIB) return ok("memory", found);
  return missing(
    "memory",
    `${found}, and ${LEAST_MEMORY_GIB} GiB are needed`,
    "stop other programs, or use a larger machine",
  );
}

function disk({ freeGiB, cache, cacheProblem, survey, clusterRuns }: MachineFacts): Finding {
  const fix = "set LAB_CACHE to a directory on another disk";
  if (cacheProblem)
    return missing("disk", `${cache} cannot be written: ${cacheProblem}`, "set LAB_CACHE to a directory you may write");
  const needed = neededGiB(survey.planned) + (clusterRuns ? 0 : LAB_DISK_GIB);
  const found = `${freeGiB.toFixed(0)} GiB free for ${cache}`;
  if (freeGiB >= needed) return ok("disk", found);
  return missing("disk", `${found}, and about ${needed} GiB are needed`, `free some space, or ${fix}`);
}

function ports({ takenPorts, clusterRuns }: MachineFacts): Finding {
  if (takenPorts.length > 0) return missing("ports", `in use: ${takenPorts.join(", ")}`, "stop those programs");
  return ok("ports", clusterRuns ? "held by the embedded cluster, which runs" : "free");
}

function ok(subject: string, detail: string): Finding {
  return { state: "ok", subject, detail };
}

function will(subject: string, detail: string): Finding {
  return { state: "will", subject, detail };
}

function missing(subject: string, detail: string, fix: string): Finding {
  return { state: "missing", subject, detail, fix };
}
