import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { stackInventory } from "../../stacks/plan";
import { PIPELINE_NAMES } from "../../stacks/settings";
import { PreviewWorld } from "./preview-world";

let world: PreviewWorld;
beforeAll(async () => {
  world = await PreviewWorld.make();
});
afterAll(() => world?.remove());

describe.each(["all", "lab", "lambda", "smartcar", "staging", "prod"])("pulumi preview of stack %s", (stack) => {
  test("keeps the policy pack, and would create what the inventory says", async () => {
    const { ok, text } = await world.stack(stack);
    expect(text).toMatch(/✅ bigdata-lab@v[\d.]+ \(local: /);
    const declared = await stackInventory(stack);
    expect(Number(/\+ (\d+) to create/.exec(text)?.[1])).toBe(declared.length + 1); // and the stack itself
    expect(ok, text).toBe(true);
  });
});

test("what breaks the rules is refused, each rule by its name", async () => {
  const { ok, text } = await world.project(join(projectRoot(), "test/preview/bad-program"), "bad-program");
  expect(ok).toBe(false);
  const named = [
    "non-root",
    "image-pinned",
    "no-secret-in-env",
    "memory-limit",
    "readiness-probe",
    "restricted-namespace",
    "network-policy",
    "labels",
  ];
  expect(
    named.filter((rule) => !text.includes(`${rule}  (`) && !text.includes(`  ${rule}`)),
    text,
  ).toEqual([]);
});

test("every pipeline at prod's size keeps the policy pack too", async () => {
  const { ok, text } = await world.stack("prod", { "bigdata-lab:pipelines": JSON.stringify(PIPELINE_NAMES) });
  expect(ok, text).toBe(true);
});

test("a prod with a registry is previewed without building or pushing anything", async () => {
  const { ok, text } = await world.stack("prod", { "bigdata-lab:images": "registry.example/lab" });
  expect(ok, text).toBe(true);
});

test.each([
  ["bigdata-lab:size", "large", 'config bigdata-lab:size: "large" was given, allowed: lab, staging, prod'],
  ["bigdata-lab:sise", "lab", "config bigdata-lab:sise: no such key, allowed: pipelines,"],
])("%s=%s is one line, and nothing is declared", async (key, value, line) => {
  const { ok, text } = await world.stack("lab", { [key]: value });
  expect(ok).toBe(false);
  expect(text).toContain(line);
  expect(text).toMatch(/\+ 1 to create/); // the stack itself
  expect(text).not.toMatch(/ {4}at /); // no stack trace
});
