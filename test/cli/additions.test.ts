import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { changedAdditions, rememberAdditions, rememberedAdditions, withAdditions } from "../../cli/additions";
import { readStackFile } from "../../cli/stack-config";
import { planFor } from "../../cli/target";
import { temporaryDirectory } from "../support/temporary";

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

test("a stack with the smart car alone is refused by name", () => {
  expect(() => planFor("smartcar", undefined, ["notebook"])).toThrow(/notebook: \["smartcar"\] was given/);
});
