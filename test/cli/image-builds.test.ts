import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { command } from "../../cli/commands/build";
import {
  type BuiltImage,
  conclusion,
  imagesOf,
  isOutdated,
  plannedWith,
  requireEmbedded,
} from "../../cli/image-builds";
import { planFor } from "../../cli/target";
import { projectRoot } from "../../cluster/core/paths";
import { imageSource } from "../../components/core/image";
import type { Declared } from "../../stacks/inventory";
import { stackInventory } from "../../stacks/plan";
import { temporaryDirectory } from "../support/temporary";

const STACKS = ["lambda", "smartcar"];
let declared: { stack: string; declared: Declared[] }[];

beforeAll(async () => {
  declared = [];
  for (const stack of STACKS) declared.push({ stack, declared: await stackInventory(stack) });
});
beforeEach(() => vi.stubEnv("LAB_CACHE", join(temporaryDirectory("builds"), "cache")));
afterEach(() => vi.unstubAllEnvs());

test("the images of several stacks are those of their programs, each once", () => {
  const images = imagesOf(declared);
  const titles = images.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles).toEqual(expect.arrayContaining(["kafka", "druid", "storm", "smartcar", "hdfs", "enrich"]));
  const stacksOf = (wanted: string) => images.find(({ title }) => title === wanted)?.stacks;
  expect(["kafka", "druid", "storm"].map(stacksOf)).toEqual([STACKS, ["lambda"], ["smartcar"]]);
  for (const { title, name, inputs } of images) {
    expect(name).toMatch(new RegExp(`^lab\\.local/${title}:[0-9a-f]{16}$`));
    expect(inputs).toMatchObject({ imageName: name, skipPush: true, build: imageSource(projectRoot(), title) });
  }
});

test("the stack that is named first is complete before images come that only another needs", () => {
  for (const order of [declared, [...declared].reverse()]) {
    const images = imagesOf(order);
    const first = images.map(({ stacks }) => stacks.includes(order[0]?.stack ?? ""));
    expect(first.lastIndexOf(true)).toBeLessThan(first.indexOf(false));
  }
});

test("resources that are no images are none, and images of the same name and another content are two", () => {
  const image = (tag: string) => ({
    type: "docker:index/image:Image",
    name: "a",
    inputs: { imageName: `lab.local/a:${tag}` },
  });
  const other = { type: "kubernetes:core/v1:Service", name: "b", inputs: {} };
  const found = imagesOf([
    { stack: "x", declared: [image("1"), other] },
    { stack: "y", declared: [image("2")] },
  ]);
  expect(found.map(({ name, stacks }) => `${name} ${stacks}`)).toEqual(["lab.local/a:1 x", "lab.local/a:2 y"]);
});

test("sources that were edited since the program ran are no longer what the image is named by", () => {
  const context = temporaryDirectory("sources");
  cpSync(imageSource(projectRoot(), "redis").context, context, { recursive: true });
  const [redis] = imagesOf(declared).filter(({ title }) => title === "redis");
  const image = { name: redis?.name ?? "", inputs: { build: { context, dockerfile: join(context, "Dockerfile") } } };
  expect(isOutdated(image)).toBe(false);
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
  expect(isOutdated(image)).toBe(true);
});

test("an addition is for the stacks that can have it", () => {
  const has = (stack: string, added?: "notebook") => plannedWith(stack, added).settings.notebook !== undefined;
  expect([has("lab", "notebook"), has("lambda", "notebook"), has("smartcar", "notebook")]).toEqual([true, true, false]);
  expect([has("lab"), has("lambda")]).toEqual([false, false]);
});

test("a stack whose images this machine does not run is refused by what makes it so", () => {
  const plan = planFor("lab");
  const refusal = (changed: object) => () => requireEmbedded(command, { ...plan, ...changed });
  expect(requireEmbedded(command, plan)).toBe(plan);
  expect(refusal({ context: "my-cluster" })).toThrow(
    'lab build is for the embedded cluster, and stack lab runs on context "my-cluster"',
  );
  expect(refusal({ settings: { ...plan.settings, images: "registry/lab" } })).toThrow(
    "lab build is for the embedded cluster, and stack lab pushes its images to registry/lab",
  );
  expect(refusal({ settings: { ...plan.settings, size: "prod" } })).toThrow(
    "stack lab (size prod) needs a cluster of several nodes",
  );
});

function ends(...all: [BuiltImage["end"], ...string[]][]): BuiltImage[] {
  return all.map(([end, ...stacks]) => ({ image: { stacks }, end }));
}

test.each([
  [
    ["lambda", "smartcar"],
    ends(["built", "lambda"], ["there", ...STACKS], ["built", "smartcar"]),
    "3 images of lambda and smartcar: 2 built, 1 there already\nnext: lab up lambda\nnext: lab up smartcar",
  ],
  [["lab"], ends(["there", "lab"], ["there", "lab"]), "all 2 images of lab are there already\nnext: lab up lab"],
  [
    ["lab", "lambda", "smartcar"],
    ends(["built", "lab", "lambda"], ["failed", "lambda"], ["failed", "smartcar"]),
    "3 images of lab, lambda and smartcar: 1 built, 0 there already, 2 FAILED\nnext: lab up lab",
  ],
  [["lab"], ends(["failed", "lab"]), "1 image of lab: 0 built, 0 there already, 1 FAILED"],
])("what it ends with: %#", (stacks, all, text) => {
  expect(conclusion(stacks, all)).toBe(text);
});
