import { expect, test } from "vitest";
import { kubectl, LAMBDA, labOk } from "./support/lab";
import { bringUp, stackUp } from "./support/stack-up";

test("lab destroy lambda leaves nothing of it, and lab up lambda makes it anew, with the notebook", async () => {
  await stackUp("lambda");
  const { stdout } = await labOk(["destroy", "lambda"]);
  expect(stdout).toMatch(/stack lambda is gone/);
  expect(await kubectl("get", "namespaces", "--output=name")).not.toContain(LAMBDA);
  expect(await kubectl("get", "persistentvolumes", "--output=yaml")).not.toContain(`namespace: ${LAMBDA}`);
  expect(await bringUp("lambda", "--with", "notebook")).toMatch(/newest rows of Druid's events_stages/);
});
