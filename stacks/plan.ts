import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { capacityPlan, type PlanRow } from "../components/core/capacity";
import { manifests } from "../components/core/manifest";
import { type Declared, inventory } from "./inventory";
import { deploy } from "./program";
import { readSettings } from "./settings";

const ROOT = join(__dirname, "..");

/**
 * The config of a stack's file as Pulumi hands it to the program: texts as they are, the rest as JSON.
 * @throws when the file is not there or not YAML
 */
export function stackConfig(stack: string): Record<string, string> {
  const { config = {} } = parse(readFileSync(join(__dirname, `Pulumi.${stack}.yaml`), "utf8")) as {
    config?: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** Everything a stack declares, offline. @throws SettingsError when its config is wrong */
export function stackInventory(stack: string, config = stackConfig(stack)): Promise<Declared[]> {
  const settings = readSettings(config, stack);
  return inventory(() => deploy(settings, ROOT), stack);
}

/** What a stack will ask for, one row per workload, offline. @throws SettingsError when its config is wrong */
export async function planStack(stack: string, config = stackConfig(stack)): Promise<PlanRow[]> {
  return capacityPlan(manifests(await stackInventory(stack, config)));
}
