import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rememberAdditions, rememberedAdditions } from "../../cli/additions";
import { command } from "../../cli/commands/up";
import { temporaryDirectory } from "../support/temporary";

/** What the deployment finds remembered. */
const deployed = vi.hoisted(() => vi.fn());
vi.mock("../../cli/deploy", () => ({ deploy: deployed }));
vi.mock("../../cluster/core/lock", () => ({ withLock: (_: string, __: string, work: () => unknown) => work() }));
vi.mock("../../cli/pulumi", () => ({
  Pulumi: class {
    async init() {}
    async preview() {
      return { stdout: "what would change" };
    }
  },
}));
vi.mock(import("../../cli/target"), async (original) => {
  const target = await original();
  return { ...target, connectTo: async (plan) => target.targetOn(plan, { toolPath: "", kubeconfig: "" }) };
});

beforeEach(() => {
  const cache = join(temporaryDirectory("up"), "cache");
  mkdirSync(cache);
  vi.stubEnv("LAB_CACHE", cache);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  deployed.mockImplementation(async () => {
    throw new Error(`with ${rememberedAdditions("staging").join() || "nothing"}`);
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const up = (...words: string[]) => command.run(["staging", "--context", "elsewhere", ...words]);

test("what is added is remembered once it is agreed to, and before anything is changed", async () => {
  await expect(up("--with", "notebook")).rejects.toThrow("stack staging is not the lab: say --yes to change it");
  expect([deployed.mock.calls, rememberedAdditions("staging")]).toEqual([[], []]);
  await expect(up("--with", "notebook", "--yes")).rejects.toThrow("with notebook");
  expect(rememberedAdditions("staging")).toEqual(["notebook"]);
});

test("what is taken out is remembered until that is agreed to", async () => {
  rememberAdditions("staging", ["notebook"]);
  await expect(up("--without", "notebook")).rejects.toThrow("say --yes");
  expect(rememberedAdditions("staging")).toEqual(["notebook"]);
  await expect(up("--without", "notebook", "--yes")).rejects.toThrow("with nothing");
});
