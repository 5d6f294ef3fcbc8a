import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linesOf } from "../../../jobs/core/lines";
import { Enricher } from "../../../jobs/enrich/enrich";
import { columnsOf } from "../../../jobs/verify-lambda/derived";
import { EventSet } from "../../../jobs/verify-lambda/event-set";
import { DayReader } from "../../../jobs/verify-lambda/read";
import { VECTORS } from "../enrich/vectors";

describe("a set of events", () => {
  test("is what a Map of texts would be", () => {
    const id = fc.oneof(fc.integer({ min: -3, max: 3 }).map(BigInt), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
    const seen = fc.tuple(id, fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 86_399 })), fc.constantFrom(1, 2, 4));
    const property = fc.property(fc.array(seen, { maxLength: 3_000, size: "max" }), (marks) => {
      const events = new EventSet();
      const model = new Map<string, number>();
      for (const [one, second, place] of marks) {
        events.mark(one, second, place);
        model.set(`${one} ${second}`, (model.get(`${one} ${second}`) ?? 0) | place);
      }
      expect(events.size).toBe(model.size);
      expect(new Map([...events].map(({ id: of, second, seen: at }) => [`${of} ${second}`, at]))).toEqual(model);
      const both = [...model.values()].filter((at) => (at & 1) !== 0 && (at & 2) === 0).length;
      expect(events.count(1, 2)).toBe(both);
      events.unmark(1);
      expect(events.count(1)).toBe(0);
    });
    fc.assert(property, { numRuns: 60 });
  });

  test("of a million takes no more than 45 bytes for each, with what it outgrew", () => {
    const before = process.memoryUsage().arrayBuffers;
    const events = new EventSet();
    for (let id = 0; id < 1_000_000; id += 1) events.mark(BigInt(id), id % 86_400, 1);
    expect(events.size).toBe(1_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(45_000_000);
  });

  test.each([-1, 86_400])("second %i is in no day", (second) => {
    expect(() => new EventSet().mark(1n, second, 1)).toThrow(`second ${second} is in no day`);
  });
});

describe("reading", () => {
  const reader = new DayReader("2026-11-21");

  test.each(VECTORS.map((vector) => [vector.name, vector] as const))(
    "decides as enrich: %s",
    (_, { input, output }) => {
      const event = reader.event(input === null ? null : Buffer.from(input));
      expect(event !== undefined).toBe(typeof output === "string");
      if (event) expect(event).toMatchObject({ second: 12 * 3600 });
    },
  );

  test("finds a day that an escape hides, and no other day", () => {
    const at = (time: string) => reader.event(Buffer.from(`{"id":1,"time":"${time}","x":"2026-11-21"}`));
    expect(at("2026-11-\\u00321 00:00:01")).toEqual({ id: 1n, second: 1 });
    expect(at("2026-11-20 23:59:59")).toBeUndefined();
    expect(at("2026-11-22 00:00:00")).toBeUndefined();
    expect(at("2026-11-21 23:59:59")).toEqual({ id: 1n, second: 86_399 });
  });

  test("cuts lines however they come", async () => {
    const property = fc.asyncProperty(fc.string(), fc.integer({ min: 1, max: 9 }), async (value, step) => {
      const bytes = Buffer.from(value.replaceAll("x", "\n"));
      async function* pieces() {
        for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
      }
      const lines: string[] = [];
      for await (const some of linesOf(pieces())) lines.push(...some.map(String));
      const expected = bytes.toString().split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect(lines).toEqual(expected);
    });
    await fc.assert(property);
  });
});

test("columns are those enrich makes, for every remainder", () => {
  const names = [
    { uid: 0, name: "a" },
    { uid: 3, name: "b" },
    { uid: -3, name: "c" },
  ];
  const depts = [{ did: 1, name: "d" }];
  const enricher = new Enricher({ names, depts });
  const tables = { names: new Map(names.map((of) => [of.uid, of.name])), depts: new Map([[1, "d"]]) };
  for (const id of [...Array.from({ length: 201 }, (_, index) => BigInt(index - 100)), 2n ** 63n - 1n, -(2n ** 63n)]) {
    const made = enricher.enrich(Buffer.from(`{"id":${id},"time":"2026-11-21 12:00:00"}`));
    const { user_id, user_name, dept_name, gender, age } = JSON.parse(
      typeof made === "string" ? "{}" : String(made.value),
    );
    expect({ user_id, user_name, dept_name, gender, age }).toEqual(columnsOf(id, tables));
  }
});
