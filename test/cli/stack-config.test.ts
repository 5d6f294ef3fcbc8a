import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configFileFor, readStackFile, settingThatIsNoText, stringConfig, withContext } from "../../cli/stack-config";
import { temporaryDirectory } from "../support/temporary";

let stacks: string;
beforeEach(() => {
  const root = temporaryDirectory("cli");
  vi.stubEnv("LAB_CACHE", join(root, "cache"));
  stacks = root;
});
afterEach(() => vi.unstubAllEnvs());

function stack(text: string) {
  writeFileSync(join(stacks, "Pulumi.x.yaml"), text);
  return readStackFile("x", stacks);
}

test("an unknown stack is refused by name, with the ones there are; so is a name that is a path", () => {
  stack("config: {}\n");
  expect(() => readStackFile("y", stacks)).toThrow('unknown stack "y"; there are: x');
  expect(() => readStackFile("../x", stacks)).toThrow('invalid stack name "../x"; there are: x');
});

test("a setting that Pulumi would make a text of by itself is found", () => {
  const wrong = (config: string) => settingThatIsNoText(stack(`config:\n  ${config}\n`), new Set(["pipelines"]));
  expect(["context: 5", "bigdata-lab:context:", "bigdata-lab:context: [a]"].map(wrong)).toEqual(
    Array(3).fill("bigdata-lab:context"),
  );
  expect(["context: '5'", "pipelines: [a]", "p: {secure: v1:x}", "kubernetes:x: true"].map(wrong)).toEqual(
    Array(4).fill(undefined),
  );
});

test.each([
  ["config: [", /Pulumi\.x\.yaml: /],
  ["- a", /a map was expected/],
  ["config: 3", /"config" must be a map/],
  ["confg:\n  a: 1", /unknown key "confg"/],
])("broken file %j is one line that names it", (text, message) => {
  expect(() => stack(text)).toThrow(message);
});

test("Pulumi writes its salt to a copy, keeps it there, and never touches the file in the checkout", () => {
  const text = "config:\n  bigdata-lab:size: lab\n";
  const file = stack(text);
  const copy = configFileFor(file);
  writeFileSync(copy, `${text}encryptionsalt: v1:abc\n`);
  expect(readFileSync(configFileFor(file), "utf8")).toBe(`encryptionsalt: v1:abc\n${text}`);
  expect(readFileSync(file.path, "utf8")).toBe(text);
  expect(existsSync(join(copy, "..", "Pulumi.yaml"))).toBe(true);
});

test("a file that says itself how secrets are encrypted is used as it is", () => {
  const file = stack("encryptionsalt: v1:own\nconfig: {}\n");
  expect(configFileFor(file)).toBe(file.path);
});

test("a context is put over the copy alone, and the file's own salt goes with it", () => {
  const file = stack("encryptionsalt: v1:own\nconfig:\n  bigdata-lab:size: lab\n");
  const copy = readFileSync(configFileFor(withContext(file, "other")), "utf8");
  expect(copy).toContain("bigdata-lab:context: other");
  expect(copy.match(/encryptionsalt/g)).toHaveLength(1);
  expect(readFileSync(file.path, "utf8")).not.toContain("context");
});

test("config values reach the settings as Pulumi hands them to a program, and secrets are not read", () => {
  expect(
    stringConfig({ "bigdata-lab:size": "lab", kappa: { windowSeconds: 5 }, "bigdata-lab:p": { secure: "v1:x" } }),
  ).toEqual({
    "bigdata-lab:size": "lab",
    "bigdata-lab:kappa": '{"windowSeconds":5}',
    "bigdata-lab:p": "encrypted-and-not-read-here",
  });
});
