import { expect, test } from "vitest";
import { labOk } from "./support/lab";
import { stackUp } from "./support/stack-up";

test("after all that was done to the cluster below it, stack lab still counts, and every table is right", async () => {
  await stackUp();
  const { stdout } = await labOk(["up"]);
  expect(stdout).toMatch(/newest rows of events_users_v1/);
  expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
});
