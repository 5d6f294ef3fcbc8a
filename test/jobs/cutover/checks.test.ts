import { expect, test } from "vitest";
import { type Findings, objection } from "../../../jobs/cutover/checks";
import { viewStatement } from "../../../jobs/cutover/cutover";

const GOOD: Findings = {
  recovery: "r1",
  caughtUp: true,
  lag: new Map(),
  v1: 90,
  v2: 100,
  v2Seen: 105,
  inTopic: 105,
  sameStart: true,
};

test("a recovery that is complete may be shown", () => {
  expect(objection(GOOD)).toBeUndefined();
});

test.each([
  ["no recovery", { recovery: undefined }, "no recovery has filled v2"],
  ["one under way", { caughtUp: false }, "recovery r1 has not caught up yet"],
  ["records left", { lag: new Map([[2, 7]]) }, "7 in partition 2 left"],
  ["a record missing", { v2Seen: 104 }, "v2 has seen 104 records, the topic has 105"],
  ["a record too many", { v2Seen: 106 }, "v2 has seen 106 records, the topic has 105"],
  ["fewer than v1", { v2: 89 }, "fewer than v1's 90"],
])("%s is an objection", (_, change, message) => {
  expect(objection({ ...GOOD, ...change })).toContain(message);
});

test("records that retention removed after the recovery are no objection", () => {
  expect(objection({ ...GOOD, sameStart: false, inTopic: 60 })).toBeUndefined();
  expect(objection({ ...GOOD, sameStart: false, inTopic: 106 })).toContain("the topic has 106");
});

test("readers are moved by one statement, which shows the columns they know", () => {
  expect(viewStatement("default", "events_users", "events_users_v2").replace(/\s+/g, " ")).toBe(
    "CREATE OR REPLACE SQL SECURITY INVOKER VIEW `default`.`events_users` AS SELECT start, end, user_name, count FROM `default`.`events_users_v2`",
  );
});
