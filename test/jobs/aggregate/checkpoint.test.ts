import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMetadata, encodeMetadata, METADATA_LIMIT_BYTES, ruleName } from "../../../jobs/aggregate/checkpoint";

const RULE = ruleName({ windowSeconds: 10, watermarkSeconds: 15, maxAheadSeconds: 300 });
const seconds = fc.integer({ min: -30_000_000_000, max: 250_000_000_000 }).map((second) => second * 1000);

test("what was encoded is decoded", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -1, max: 99 }), seconds), { maxLength: 100 }),
      fc.option(fc.integer({ min: -1e15, max: 1e15 }), { nil: Number.NEGATIVE_INFINITY }),
      fc.nat(),
      (sources, closedUpTo, offset) => {
        const checkpoint = { offset, newest: new Map(sources), closedUpTo, rule: RULE };
        expect(decodeMetadata(offset, encodeMetadata(checkpoint))).toEqual(checkpoint);
      },
    ),
  );
});

test("six sources take less than a hundred bytes", () => {
  const newest = new Map([0, 1, 2, 3, 4, 5].map((source) => [source, Date.UTC(2026, 10, 21) + source * 1000]));
  const text = encodeMetadata({ newest, closedUpTo: Date.UTC(2026, 10, 21), rule: RULE });
  expect(text).toBe("a1|10.15.300|tots05|mwpn5s00|0.5,1.4,2.3,3.2,4.1,5.0");
});

test("more sources than a commit can hold are an error, not a cut-off commit", () => {
  const newest = new Map(Array.from({ length: 2000 }, (_, source) => [source, source * 1000]));
  expect(() => encodeMetadata({ newest, closedUpTo: 0, rule: RULE })).toThrow(`a commit holds ${METADATA_LIMIT_BYTES}`);
});

test.each(["", "reset by hand", "a0|r|1|2|0.0", "a1|r|1|2|0.0|more", "a1|r|1|2|x", "a1|r|1|2"])(
  "%j is no checkpoint",
  (metadata) => {
    expect(decodeMetadata(7, metadata)).toBeUndefined();
  },
);
