import { expect, test } from "vitest";
import { stringify } from "yaml";
import { stackConfig, stackInventory } from "../../stacks/plan";
import { described, differences } from "./described";

/** Under one name, so that only what the size changes is different. */
const inventoryOf = (stack: string) =>
  stackInventory(stack, { ...stackConfig(stack), "bigdata-lab:namespace": "bigdata-lab" });

/** The pipeline of a stack that exists in the lab's size alone at any size, under one name too. */
const pipelineAt = (stack: "lambda" | "smartcar", size: string) =>
  stackInventory(stack, {
    ...stackConfig(stack),
    "bigdata-lab:namespace": "bigdata-lab",
    "bigdata-lab:size": size,
  });

/** To accept a change: `npx vitest run --project unit test/golden -u`, and read the diff. */
test("stack lab is what golden/lab.yaml says", async () => {
  const text = stringify(Object.fromEntries(described(await inventoryOf("lab"))), { lineWidth: 0 });
  await expect(text).toMatchFileSnapshot("lab.yaml");
});

test.each(["lambda", "smartcar"] as const)("stack %s is what its golden file says", async (stack) => {
  const text = stringify(Object.fromEntries(described(await pipelineAt(stack, "lab"))), { lineWidth: 0 });
  await expect(text).toMatchFileSnapshot(`${stack}.yaml`);
});

test("what a notebook adds to stack lab is what golden/notebook.yaml says", async () => {
  const without = described(await inventoryOf("lab"));
  const config = { ...stackConfig("lab"), "bigdata-lab:namespace": "bigdata-lab", "bigdata-lab:notebook": "{}" };
  const added = [...described(await stackInventory("lab", config))].filter(
    ([object]) => object.includes(" notebook") && !without.has(object),
  );
  // The notebooks' own text has tests of its own.
  const settled = added.map(([object, inputs]) => [
    object,
    object === "ConfigMap notebook-sources" ? Object.keys((inputs as { data: object }).data) : inputs,
  ]);
  await expect(stringify(Object.fromEntries(settled), { lineWidth: 0 })).toMatchFileSnapshot("notebook.yaml");
});

test.each(["lambda", "smartcar"] as const)("what differs between %s in a lab and in prod is pinned", async (stack) => {
  const lines = differences(described(await pipelineAt(stack, "lab")), described(await pipelineAt(stack, "prod")));
  expect(lines.length).toBeGreaterThan(10);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`${stack}-lab-to-prod.txt`);
});

test("stacks differ by their size alone", () => {
  const { "bigdata-lab:size": lab, ...same } = stackConfig("lab");
  const { "bigdata-lab:size": prod, ...others } = stackConfig("prod");
  expect([lab, prod]).toEqual(["lab", "prod"]);
  expect(others).toEqual(same);
});

test.each([
  ["lab", "staging"],
  ["staging", "prod"],
  ["lab", "prod"],
])("what differs between %s and %s is pinned", async (from, to) => {
  const lines = differences(described(await inventoryOf(from)), described(await inventoryOf(to)));
  expect(lines.length).toBeGreaterThan(10);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`${from}-to-${to}.txt`);
});
