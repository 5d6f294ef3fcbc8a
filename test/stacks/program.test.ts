import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stackInventory } from "../../stacks/plan";
import { mergedTopics } from "../../stacks/program";
import { PIPELINE_NAMES } from "../../stacks/settings";
import { SIZES } from "../../stacks/sizes";

const topic = (name: string, partitions = 6) => ({ name, partitions });

test("a topic that two pipelines share is declared once", () => {
  const merged = mergedTopics(
    [{ topics: [topic("events"), topic("stages")] }, { topics: [topic("events")] }],
    SIZES.lab,
  );
  expect(merged).toEqual([topic("events"), topic("stages")]);
});

test("a topic that two pipelines declare differently is an error that shows both", () => {
  expect(() => mergedTopics([{ topics: [topic("events")] }, { topics: [topic("events", 1)] }], SIZES.lab)).toThrow(
    'topic events is declared twice: {"name":"events","partitions":6} and {"name":"events","partitions":1}',
  );
});

test("the program's entry stays a page", () => {
  const lines = readFileSync(join(__dirname, "../../stacks/index.ts"), "utf8").split("\n");
  expect(lines.length).toBeLessThan(40);
});

test("every topic that a job's config names is declared", async () => {
  const configs = (await stackInventory("lab")).flatMap(({ type, name, inputs }) => {
    const file = (inputs.data as Record<string, string> | undefined)?.["config.json"];
    return type.endsWith(":ConfigMap") && file ? [[name, JSON.parse(file)] as const] : [];
  });
  const declared = configs
    .find(([name]) => name === "topics-config")?.[1]
    .topics.map((one: { name: string }) => one.name);
  const named = configs
    .filter(([name]) => name !== "topics-config")
    .flatMap(([, config]) => [config.topic, config.deadLetter, ...Object.values(config.topics ?? {})].filter(Boolean));
  expect(new Set(named)).toEqual(new Set(declared));
});

test("jobs' configs are what the jobs accept", async () => {
  const schemas: Record<string, { parse(config: unknown): unknown }> = {
    "reindex-config": (await import("../../jobs/reindex/config")).reindexSchema,
    "supervise-config": (await import("../../jobs/supervise/config")).superviseConfigSchema,
    "aggregate-config": (await import("../../jobs/aggregate/config")).aggregateSchema,
    "recover-config": (await import("../../jobs/aggregate/config")).aggregateSchema,
    "cutover-config": (await import("../../jobs/cutover/config")).cutoverSchema,
    "enrich-config": (await import("../../jobs/enrich/config")).enrichConfigSchema,
    "generate-config": (await import("../../jobs/generate/config")).generateConfigSchema,
    "migrate-config": (await import("../../jobs/migrate/config")).migrateSchema,
    "topics-config": (await import("../../jobs/topics/config")).topicsConfigSchema,
    "verify-lambda-config": (await import("../../jobs/verify-lambda/config")).verifyLambdaSchema,
    "cars-feeder": (await import("../../jobs/drive/config")).driveConfigSchema,
    "over-speed-config": (await import("../../jobs/over-speed/config")).overSpeedSchema,
    "verify-smartcar-config": (await import("../../jobs/verify-smartcar/config")).verifySmartcarSchema,
    "agree-config": (await import("../../jobs/agree/config")).agreeSchema,
    "verify-config": (await import("../../jobs/verify/config")).verifySchema,
  };
  const daily = { statusFiles: { lines: 2_200_000, everySeconds: 86_400, rollSeconds: 3600 }, readingBytes: 4096 };
  for (const [size, smartcar] of [
    ["lab", {}],
    ["lab", daily],
    ["prod", {}],
  ] as const) {
    const config = {
      "bigdata-lab:pipelines": JSON.stringify(PIPELINE_NAMES),
      "bigdata-lab:size": size,
      "bigdata-lab:smartcar": JSON.stringify(smartcar),
      "bigdata-lab:notebook": "{}",
    };
    const seen = (await stackInventory(size, config)).flatMap(({ type, name, inputs }) => {
      const file = (inputs.data as Record<string, string> | undefined)?.["config.json"];
      if (!type.endsWith(":ConfigMap") || !file) return [];
      schemas[name]?.parse(JSON.parse(file));
      return [name];
    });
    expect(seen.sort()).toEqual(Object.keys(schemas).sort());
  }
});
