import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { cachePath } from "../../cluster/core/paths";
import { kubectl, labOk, NAMESPACE } from "./support/lab";
import { stackUp } from "./support/stack-up";

test("lab destroy leaves no object, no volume and no directory of the stack; lab up makes it anew", async () => {
  await stackUp();
  const { stdout } = await labOk(["destroy"]);
  expect(stdout).toMatch(/stack lab is gone/);
  expect(await kubectl("get", "namespaces", "--output=name")).not.toContain(NAMESPACE);
  expect(await kubectl("get", "persistentvolumes", "--output=name")).toBe("");
  const volumes = cachePath("cluster", "volumes");
  expect(existsSync(volumes) ? readdirSync(volumes).filter((name) => name.includes(NAMESPACE)) : []).toEqual([]);
  expect((await labOk(["destroy"])).stdout).toContain("stack lab is gone"); // twice is the same as once

  const again = await labOk(["up"]);
  expect(again.stdout).toMatch(/newest rows of events_users_v1/);
  expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
});
