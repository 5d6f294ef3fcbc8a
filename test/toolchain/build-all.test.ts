import { expect, test } from "vitest";
import { LabFailure } from "../../cluster/core/failure";
import { type BuildSteps, buildAll } from "../../cluster/toolchain/build-all";
import type { PlannedPart } from "../../cluster/toolchain/plan";
import { HELLO } from "./module";

const SILENT = { report: () => undefined, note: () => undefined };

function parts(...names: string[]): PlannedPart[] {
  return names.map((name) => ({ part: { ...HELLO, name }, source: "", directory: `/${name}`, built: false }));
}

/** Steps that write what happens into `log`, with a turn of the event loop in each. */
function recorded(log: string[], failing: { fetch?: string; build?: string } = {}): BuildSteps {
  const step = async (kind: "fetch" | "build", { part }: PlannedPart, signal?: AbortSignal) => {
    log.push(`${kind} ${part.name}`);
    await new Promise((resolve) => setTimeout(resolve, kind === "fetch" ? 2 : 20));
    if (failing[kind] === part.name) throw new LabFailure(`${kind} of ${part.name} failed`);
    log.push(`${kind} ${part.name} ${signal?.aborted ? "interrupted" : "ended"}`);
  };
  return {
    fetch: async (planned, signal) => step("fetch", planned, signal).then(() => 100),
    build: (planned, _, signal) => step("build", planned, signal),
  };
}

function mostAtOnce(log: string[], kind: string): number {
  let [now, most] = [0, 0];
  for (const line of log.filter((entry) => entry.startsWith(kind))) {
    now += line.endsWith("ended") ? -1 : 1;
    most = Math.max(most, now);
  }
  return most;
}

test.each([1, 2])("%i builds at once, in the given order, downloads one after the other", async (atOnce) => {
  const log: string[] = [];
  await buildAll(parts("a", "b", "c", "d"), atOnce, SILENT, undefined, recorded(log));
  expect(log.filter((line) => /^build \w$/.test(line))).toEqual(["build a", "build b", "build c", "build d"]);
  expect(log.filter((line) => line.endsWith("ended"))).toHaveLength(8);
  expect(mostAtOnce(log, "build")).toBe(atOnce);
  expect(mostAtOnce(log, "fetch")).toBe(1);
});

test("a part's download overlaps another's build", async () => {
  const log: string[] = [];
  await buildAll(parts("a", "b"), 1, SILENT, undefined, recorded(log));
  expect(log.indexOf("fetch b")).toBeLessThan(log.indexOf("build a ended"));
});

test("a failed build interrupts the other, starts nothing more and is what is thrown", async () => {
  const log: string[] = [];
  const building = buildAll(parts("a", "b", "c"), 2, SILENT, undefined, recorded(log, { build: "a" }));
  await expect(building).rejects.toThrow("build of a failed");
  expect(log).toContain("build b interrupted");
  expect(log).not.toContain("build c");
});

test("interrupted, it interrupts what runs, starts nothing more and says so", async () => {
  const log: string[] = [];
  const interrupt = new AbortController();
  const building = buildAll(parts("a", "b", "c"), 1, SILENT, interrupt.signal, recorded(log));
  setTimeout(() => interrupt.abort(new Error("interrupted")), 10);
  await expect(building).rejects.toThrow("interrupted");
  expect(log).toContain("build a interrupted");
  expect(log).not.toContain("build b");
});

test("a registry that goes away stops before the next build, once", async () => {
  const log: string[] = [];
  const building = buildAll(parts("a", "b", "c"), 2, SILENT, undefined, recorded(log, { fetch: "b" }));
  await expect(building).rejects.toThrow("fetch of b failed");
  expect(log).not.toContain("fetch c");
  expect(log).not.toContain("build b");
});

test("progress says how many of how many are built, and what each is doing", async () => {
  const details: string[] = [];
  const notes: string[] = [];
  const steps: BuildSteps = {
    fetch: async () => 40,
    build: async (_, onPackage) => onPackage(7),
  };
  const news = { report: (d: string) => details.push(d), note: (n: string) => notes.push(n) };
  await buildAll(parts("a", "b"), 1, news, undefined, steps);
  expect(details).toContainEqual(expect.stringMatching(/^0 of 2 built · a 7\/40 packages/));
  expect(notes.map((note) => note.trim().replace(/in .* \(/, "("))).toEqual(["built a (1 of 2)", "built b (2 of 2)"]);
});
