import { expect, test } from "vitest";
import { planTopics } from "../../../jobs/topics/plan";

const events = {
  name: "events",
  partitions: 6,
  replicationFactor: 1,
  configs: { "retention.ms": "1000", "max.message.bytes": "2" },
};
const existing = (partitions: number, configs: Record<string, string>) =>
  new Map([["events", { partitions, configs: new Map(Object.entries(configs)) }]]);

test("a missing topic is created", () => {
  expect(planTopics([events], new Map())).toEqual([{ kind: "create", topic: events }]);
});

test("a topic as declared is left alone, with whatever else is configured", () => {
  const found = existing(6, { "retention.ms": "1000", "max.message.bytes": "2", "cleanup.policy": "delete" });
  expect(planTopics([events], found)).toEqual([]);
});

test("partitions are raised, and only changed keys changed", () => {
  expect(planTopics([events], existing(4, { "retention.ms": "5", "max.message.bytes": "2" }))).toEqual([
    { kind: "raise-partitions", name: "events", from: 4, to: 6 },
    { kind: "change-configs", name: "events", configs: { "retention.ms": "1000" } },
  ]);
});

test("partitions are never lowered, and nothing is changed then", () => {
  expect(() => planTopics([{ ...events, name: "new" }, events], existing(8, {}))).toThrow(
    /topic events has 8 partitions and 6 are declared: partitions cannot be lowered/,
  );
});

test("topics that are not declared are left alone", () => {
  expect(planTopics([], existing(8, {}))).toEqual([]);
});
