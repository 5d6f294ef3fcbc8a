import { expect, test } from "vitest";
import { kubectl, labOk, SMARTCAR } from "./support/lab";
import { stackUp } from "./support/stack-up";

test("lab destroy smartcar leaves nothing of it", async () => {
  await stackUp("smartcar");
  const { stdout } = await labOk(["destroy", "smartcar"]);
  expect(stdout).toMatch(/stack smartcar is gone/);
  expect(await kubectl("get", "namespaces", "--output=name")).not.toContain(SMARTCAR);
  expect(await kubectl("get", "persistentvolumes", "--output=yaml")).not.toContain(`namespace: ${SMARTCAR}`);
});
