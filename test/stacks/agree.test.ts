import { expect, test } from "vitest";
import { agreeSchema } from "../../jobs/agree/config";
import { stackInventory } from "../../stacks/plan";

/** Configs of the stack's jobs, by the names of their ConfigMaps. */
async function configsOf(pipelines: readonly string[], notebook: boolean) {
  const inventory = await stackInventory("lab", {
    "bigdata-lab:pipelines": JSON.stringify(pipelines),
    "bigdata-lab:size": "lab",
    ...(notebook ? { "bigdata-lab:notebook": "{}" } : {}),
  });
  const files = inventory.flatMap(({ type, name, inputs }) => {
    const file = (inputs.data as Record<string, string> | undefined)?.["config.json"];
    return type.endsWith(":ConfigMap") && file ? [[name, JSON.parse(file)] as const] : [];
  });
  return new Map(files);
}

test.each([
  [["kappa"], ["aggregate"]],
  [["lambda"], ["batch"]],
  [
    ["kappa", "lambda"],
    ["aggregate", "batch"],
  ],
])(
  "with %j, what can be compared beside records is %j, and every topic named is declared",
  async (pipelines, parts) => {
    const configs = await configsOf(pipelines, true);
    const config = agreeSchema.parse(configs.get("agree-config"));
    expect(["aggregate", "batch"].filter((part) => part in config)).toEqual(parts);
    const declared = configs.get("topics-config").topics.map((topic: { name: string }) => topic.name);
    expect(declared).toEqual(expect.arrayContaining(Object.values(config.topics)));
  },
);

test("without the notebook there is no such job", async () => {
  expect((await configsOf(["kappa"], false)).has("agree-config")).toBe(false);
});
