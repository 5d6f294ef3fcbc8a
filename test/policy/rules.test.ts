import { describe, expect, test } from "vitest";
import { stackInventory } from "../../stacks/plan";
import { PIPELINE_NAMES } from "../../stacks/settings";
import { BAD } from "./broken";
import { stack } from "./fixtures";
import { Objects } from "./rule";
import { RULES } from "./rules";

describe("each rule", () => {
  test("has a name of its own and fixtures that break it", () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(BAD).sort()).toEqual([...names].sort());
  });

  test.each(RULES.map((rule) => [rule.name, rule] as const))("%s is kept by the good stack", (_, rule) => {
    expect(rule.violations(new Objects(stack()))).toEqual([]);
  });

  const broken = RULES.flatMap((rule) =>
    (BAD[rule.name] ?? []).map((edits, index) => [rule.name, index + 1, rule, edits] as const),
  );
  test.each(broken)("%s sees what is wrong (%i)", (_, __, rule, edits) => {
    expect(rule.violations(new Objects(stack(edits)))).not.toEqual([]);
  });

  test.each(broken)("%s: what is wrong (%i) is seen by few other rules", (_, __, rule, edits) => {
    const objects = new Objects(stack(edits));
    const others = RULES.filter((other) => other !== rule && other.violations(objects).length > 0);
    expect(others.length, others.map(({ name }) => name).join()).toBeLessThanOrEqual(5);
  });
});

describe.each([
  ["lab", {}],
  ["staging", { master: "spark://spark-master.spark:7077" }],
  ["prod", {}],
])("all pipelines in size %s, with notebook %j", (size, notebook) => {
  test("keep every rule", async () => {
    const config = {
      "bigdata-lab:pipelines": JSON.stringify(PIPELINE_NAMES),
      "bigdata-lab:size": size,
      "bigdata-lab:notebook": JSON.stringify(notebook),
      ...("master" in notebook ? { "bigdata-lab:sparkSecret": "of-the-cluster" } : {}),
    };
    const objects = new Objects(await stackInventory(size, config));
    expect(objects.pods.length).toBeGreaterThan(5); // nothing found in nothing would prove nothing
    expect(RULES.flatMap((rule) => rule.violations(objects).map((line) => `${rule.name}: ${line}`))).toEqual([]);
  });
});
