import { expect, test } from "vitest";
import { kubectl, LAMBDA, labOk } from "./support/lab";
import { stackUp } from "./support/stack-up";

test("lab destroy lambda leaves nothing of it, and lab up lambda makes it anew", async () => {
  await stackUp("lambda");
  for (let round = 0; round < 2; round++) {
    const { stdout } = await labOk(["destroy", "lambda"]);
    expect(stdout).toMatch(/stack lambda is gone/);
    expect(await kubectl("get", "namespaces", "--output=name")).not.toContain(LAMBDA);
    expect(await kubectl("get", "persistentvolumes", "--output=yaml")).not.toContain(`namespace: ${LAMBDA}`);
    if (round === 0) expect((await labOk(["up", "lambda"])).stdout).toMatch(/newest rows of Druid's events_stages/);
  }
});
