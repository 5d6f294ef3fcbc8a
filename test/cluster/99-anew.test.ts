import { expect, test } from "vitest";
import { labOk } from "./support/lab";
import { bringUp } from "./support/stack-up";

test("lab up makes anew what was destroyed, on a cluster that was taken apart, and every table is right", async () => {
  expect(await bringUp("lab")).toMatch(/newest rows of events_users_v1/);
  expect((await labOk(["verify"])).stdout).toMatch(/everything agrees/);
});
