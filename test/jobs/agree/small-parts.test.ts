import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agreeSchema } from "../../../jobs/agree/config";
import { freeze, newest } from "../../../jobs/agree/freeze";
import { RowSet, type Side } from "../../../jobs/agree/row-set";
import { digestOf, Made, Slots } from "../../../jobs/agree/slots";
import { TOPICS } from "./world";

describe("what is frozen", () => {
  test("is everything, where there is no more than was asked for", () => {
    const ranges = [
      { partition: 0, first: 3, end: 10 },
      { partition: 1, first: 0, end: 0 },
    ];
    expect(newest(ranges, 7)).toEqual(ranges);
  });

  test("is the same share of each partition", () => {
    const ranges = [
      { partition: 0, first: 100, end: 1_100 },
      { partition: 1, first: 0, end: 4_000 },
      { partition: 2, first: 5, end: 5 },
    ];
    expect(newest(ranges, 500)).toEqual([
      { partition: 0, first: 1_000, end: 1_100 },
      { partition: 1, first: 3_600, end: 4_000 },
      { partition: 2, first: 5, end: 5 },
    ]);
  });

  test("can be handed to the next run as it is", async () => {
    const config = agreeSchema.parse({
      kafka: { brokers: ["kafka:9093"] },
      topics: TOPICS,
      enrichGroupId: "enrich",
      names: [],
      depts: [],
    });
    const admin = { partitions: async () => 1, ranges: async () => [{ partition: 0, first: 0, end: 9 }] };
    const plan = await freeze(config, admin, "lo1_000a");
    expect([plan.run, plan.table]).toEqual(["verify-lo1-000a", undefined]);
    expect(plan.spark).toEqual([{ partition: 0, first: 9, end: 9 }]);
    expect(agreeSchema.parse({ ...config, plan: JSON.parse(JSON.stringify(plan)) }).plan).toEqual(
      JSON.parse(JSON.stringify(plan)),
    );
  });
});

test("a part that the stack has not cannot be asked for", () => {
  const config = { kafka: { brokers: ["kafka:9093"] }, topics: TOPICS, enrichGroupId: "enrich", names: [], depts: [] };
  expect(agreeSchema.safeParse({ ...config, parts: ["enrich", "batch"] }).error?.message).toContain(
    "batch needs the key batch",
  );
});

describe("Slots", () => {
  test("number the records of the ranges and no others", () => {
    const slots = new Slots([
      { partition: 3, first: 10, end: 12 },
      { partition: 0, first: 0, end: 1 },
    ]);
    expect(slots.size).toBe(3);
    expect([slots.of(3, 10), slots.of(3, 11), slots.of(0, 0)]).toEqual([0, 1, 2]);
    expect([slots.of(3, 9), slots.of(3, 12), slots.of(1, 0), slots.of(undefined, 0), slots.of(3, undefined)]).toEqual(
      Array(5).fill(undefined),
    );
  });
});

describe("Made", () => {
  const slots = new Slots([{ partition: 0, first: 0, end: 2 }]);
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text));

  test("tells null from empty, and where a key ends", () => {
    const pairs: [string | null, string | null][] = [
      [null, "a"],
      ["", "a"],
      ["a", ""],
      ["a", null],
      ["ab", "c"],
      ["a", "bc"],
      [null, null],
    ];
    const digests = pairs.map(([key, value]) => digestOf(bytes(key), bytes(value)).toString("hex"));
    expect(new Set(digests).size).toBe(pairs.length);
  });

  test("two sides have the same of a slot exactly when key and value are", () => {
    const value = fc.option(fc.uint8Array({ maxLength: 5 }).map((list) => Buffer.from(list)));
    fc.assert(
      fc.property(value, value, value, value, (key, text, otherKey, otherText) => {
        const [ours, theirs] = [new Made(slots), new Made(slots)];
        ours.add(1, key, text);
        theirs.add(1, otherKey, otherText);
        const alike = (a: Buffer | null, b: Buffer | null) => (a === null || b === null ? a === b : a.equals(b));
        expect(ours.same(1, theirs)).toBe(alike(key, otherKey) && alike(text, otherText));
      }),
    );
  });
});

test("RowSet counts each side's rows, through all its growth", () => {
  const row = fc.tuple(fc.nat(3_000).map(String), fc.constantFrom<Side>("spark", "druid"));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6_000, size: "max" }), (rows) => {
      const set = new RowSet();
      const model = new Map<string, Record<Side, number>>();
      for (const [text, side] of rows) {
        set.add(text, side);
        const counts = model.get(text) ?? { spark: 0, druid: 0 };
        counts[side] += 1;
        model.set(text, counts);
      }
      const sums = { spark: 0, druid: 0, both: 0 };
      for (const [text, { spark, druid }] of model) {
        expect(set.of(text)).toEqual({ spark, druid });
        sums.spark += spark;
        sums.druid += druid;
        sums.both += Math.min(spark, druid);
      }
      expect(set.counts()).toEqual(sums);
    }),
    { numRuns: 10 },
  );
});
