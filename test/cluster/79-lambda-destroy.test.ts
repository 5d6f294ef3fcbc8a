import { expect, test } from "vitest";
import { kubectl, LAMBDA, labOk } from "./support/lab";

test("lab destroy lambda leaves nothing of it", async () => {
  await labOk(["up", "lambda"]);
  const { stdout } = await labOk(["destroy", "lambda"]);
  expect(stdout).toMatch(/stack lambda is gone/);
  expect(await kubectl("get", "namespaces", "--output=name")).not.toContain(LAMBDA);
  expect(await kubectl("get", "persistentvolumes", "--output=yaml")).not.toContain(`namespace: ${LAMBDA}`);
});
