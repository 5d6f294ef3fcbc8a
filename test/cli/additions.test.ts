import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { changedAdditions, rememberAdditions, rememberedAdditions, withAdditions } from "../../cli/additions";
import { command as destroy } from "../../cli/commands/destroy";
import { readStackFile } from "../../cli/stack-config";
import { planFor } from "../../cli/target";
import { LabFailure } from "../../cluster/core/failure";
import { temporaryDirectory } from "../support/temporary";

vi.mock(import("../../cli/target"), async (original) => ({
  ...(await original()),
  connect: async () => {
    throw new Error("the cluster was looked for");
  },
}));
vi.mock("../../cluster/core/lock", () => ({ withLock: (_: string, __: string, work: () => unknown) => work() }));

let root = "";
beforeEach(() => {
  root = temporaryDirectory("additions");
  vi.stubEnv("LAB_CACHE", join(root, "cache"));
});
afterEach(() => vi.unstubAllEnvs());

function file(text = "config:\n  bigdata-lab:size: lab\n") {
  writeFileSync(join(root, "Pulumi.x.yaml"), text);
  return readStackFile("x", root);
}

function failureOf(work: () => unknown): LabFailure {
  try {
    work();
  } catch (error) {
    if (error instanceof LabFailure) return error;
  }
  throw new Error("nothing was refused");
}

test("what is added stays until it is taken out", () => {
  expect(rememberedAdditions("x")).toEqual([]);
  rememberAdditions("x", changedAdditions(file(), rememberedAdditions("x"), { with: "notebook" }));
  expect(rememberedAdditions("x")).toEqual(["notebook"]);
  expect(rememberedAdditions("y")).toEqual([]);
  expect(changedAdditions(file(), rememberedAdditions("x"), {})).toEqual(["notebook"]);
  rememberAdditions("x", changedAdditions(file(), rememberedAdditions("x"), { without: "notebook" }));
  expect(rememberedAdditions("x")).toEqual([]);
});

test("every command means the stack with what was added; the tables of the README do not", () => {
  expect(planFor("lab").settings.notebook).toBeUndefined();
  rememberAdditions("lab", ["notebook"]);
  expect(planFor("lab").settings.notebook).toBeDefined();
  expect(planFor("lab", "elsewhere").settings.notebook).toBeDefined();
  expect(planFor("lab", undefined, []).settings.notebook).toBeUndefined();
});

test("the key is put over a copy of the file, and what the file says itself stays", () => {
  const added = withAdditions(file(), ["notebook"]);
  expect(added).toMatchObject({ complete: false, config: { "bigdata-lab:notebook": {} } });
  expect(added.text).toBe("config:\n  bigdata-lab:size: lab\n  bigdata-lab:notebook: {}\n");
  const own = file("config:\n  notebook: {memoryMiB: 2048}\n");
  expect(withAdditions(own, ["notebook"])).toBe(own);
});

test.each([
  [{ with: "zeppelin" }, /--with: there is no "zeppelin" to add; there are: notebook/],
  [{ without: "" }, /--without: there is no "" to add/],
  [{ with: "notebook", without: "notebook" }, /--with and --without notebook at once/],
])("%j is refused", (typed, message) => {
  expect(() => changedAdditions(file(), [], typed)).toThrow(message);
});

test("what the file itself asks for is not taken out by a word", () => {
  const own = file("config:\n  bigdata-lab:notebook: {}\n");
  expect(() => changedAdditions(own, [], { without: "notebook" })).toThrow(/Pulumi\.x\.yaml itself asks for/);
});

test("a stack with the smart car alone is refused by name, with what takes the notebook out", () => {
  rememberAdditions("smartcar", ["notebook"]); // before its file had no other pipeline left
  const refusal = failureOf(() => planFor("smartcar"));
  expect(refusal.message).toMatch(
    /Pulumi\.smartcar\.yaml and lab up --with notebook: config bigdata-lab:notebook: \["smartcar"\] was given/,
  );
  expect(refusal).toMatchObject({
    fix: "lab up smartcar --without notebook goes on without it; or correct the file; nothing was changed",
    exitCode: 2,
  });
  const additions = changedAdditions(readStackFile("smartcar"), ["notebook"], { without: "notebook" });
  expect(planFor("smartcar", undefined, additions).settings.notebook).toBeUndefined();
});

test("what was added keeps nobody from destroying the stack", async () => {
  rememberAdditions("smartcar", ["notebook"]);
  await expect(destroy.run(["smartcar"])).rejects.toThrow("the cluster was looked for");
});
