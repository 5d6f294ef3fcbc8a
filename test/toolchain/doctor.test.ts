import { expect, test } from "vitest";
import { report } from "../../cli/commands/doctor";
import { findings, type MachineFacts } from "../../cli/doctor-findings";
import type { PlannedPart } from "../../cluster/toolchain/plan";
import { HELLO } from "./module";

function part(name: string, group: "pulumi" | "kubernetes", built: boolean): PlannedPart {
  return { part: { ...HELLO, name, group, cpuMinutes: 10, diskGiB: 5 }, source: "", directory: "", built };
}

/** A machine on which nothing is built and nothing is missing. */
const FRESH: MachineFacts = {
  platform: "linux",
  root: true,
  apt: true,
  node: "20.1.0",
  git: "2.39.5",
  go: { version: "1.26.8", updatesItself: false },
  neededGo: "1.26.6",
  cores: 2,
  memoryGiB: 24,
  freeGiB: 60,
  cache: "/cache",
  cacheProblem: undefined,
  cgroups: 2,
  takenPorts: [],
  clusterRuns: false,
  survey: {
    planned: [part("kubernetes", "kubernetes", false), part("pulumi", "pulumi", false)],
    pulumi: undefined,
    usesInstalledPulumi: false,
    packages: [],
  },
};
const built = { ...FRESH.survey, planned: [part("kubernetes", "kubernetes", true), part("pulumi", "pulumi", true)] };

const about = (facts: MachineFacts, subject: string) => findings(facts).find((finding) => finding.subject === subject);

test("a machine that lacks nothing is told what will be built and how long that takes", () => {
  expect(findings(FRESH).filter(({ state }) => state === "missing")).toEqual([]);
  expect(about(FRESH, "toolchain")).toEqual({
    state: "will",
    subject: "toolchain",
    detail: "2 of 2 parts to be built (kubernetes, pulumi): about 11 min on 2 cores",
  });
  expect(report(findings(FRESH))).toMatch(/\nNothing is missing: run \.\/lab up$/);
});

test("what is built needs no Go", () => {
  const facts = { ...FRESH, survey: built, go: undefined };
  expect(about(facts, "Go")).toBeUndefined();
  expect(about(facts, "toolchain")?.detail).toBe("2 of 2 parts are built");
});

const newer = { version: "1.25.0", updatesItself: true };
const packages = [{ name: "ipset" }, { name: "nftables" }];
test.each<[string, Partial<MachineFacts>, string, string, RegExp]>([
  ["no Go", { go: undefined }, "Go", "missing", /install Go 1\.26\.6 or newer/],
  ["an old Go", { go: { ...newer, updatesItself: false } }, "Go", "missing", /install Go 1\.26\.6/],
  ["no git", { git: undefined }, "git", "missing", /apt-get install git/],
  ["no root", { root: false }, "system", "missing", /--context NAME/],
  ["another system", { platform: "darwin" }, "system", "missing", /--context NAME/],
  ["no control groups", { cgroups: undefined }, "system", "missing", /cgroup/],
  ["little memory", { memoryGiB: 3 }, "memory", "missing", /larger machine/],
  ["little space", { freeGiB: 18.9 }, "disk", "missing", /LAB_CACHE/],
  ["a cache that cannot be written", { cacheProblem: "EACCES" }, "disk", "missing", /you may write/],
  ["a port in use", { takenPorts: ["6443 by nginx (pid 12)"] }, "ports", "missing", /stop/],
  [
    "packages, and no root",
    { root: false, survey: { ...built, packages } },
    "packages",
    "missing",
    /^apt-get install ipset nftables/,
  ],
])("%s is missing, with a fix", (_, facts, subject, state, fix) => {
  const finding = about({ ...FRESH, ...facts }, subject);
  expect(finding?.state).toBe(state);
  expect(finding?.fix).toMatch(fix);
});

test.each<[string, Partial<MachineFacts>, string, string]>([
  ["packages that root can install", { survey: { ...built, packages } }, "packages", "ipset nftables, by apt-get"],
  ["a Go that updates itself", { go: newer }, "Go", "1.25.0 will fetch Go 1.26.6 by itself"],
  [
    "a Pulumi that lacks a plugin",
    {
      survey: {
        ...FRESH.survey,
        pulumi: { version: "3.1.0", directory: "/p", lacks: "the plugin x", dockerProvider: false },
      },
    },
    "Pulumi",
    "the installed 3.1.0 lacks the plugin x; to be built",
  ],
])("%s: lab up does it", (_, facts, subject, detail) => {
  expect(about({ ...FRESH, ...facts }, subject)).toEqual({ state: "will", subject, detail });
});

test("space for the lab itself counts only while there is none", () => {
  const facts = { ...FRESH, survey: built, freeGiB: 1 };
  expect(about(facts, "disk")?.state).toBe("missing");
  expect(about({ ...facts, clusterRuns: true }, "disk")?.state).toBe("ok");
});

test("the report ends with everything there is to do", () => {
  const text = report(findings({ ...FRESH, root: false, git: undefined }));
  expect(text).toMatch(/^MISSING {2}git /m);
  expect(text).toMatch(/\nBefore \.\/lab up:\n {2}git: apt-get install git\n {2}system: run lab as root, [^\n]*$/);
});
