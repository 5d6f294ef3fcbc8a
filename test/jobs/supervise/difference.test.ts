import { expect, test } from "vitest";
import { differences, periodSeconds } from "../../../jobs/supervise/difference";

test.each<[string, unknown, unknown]>([
  ["what Druid has more", { a: 1 }, { a: 1, b: 2 }],
  ["periods", { taskDuration: "PT1H" }, { taskDuration: "PT3600S" }],
  ["granularities without a length", { queryGranularity: "NONE" }, { queryGranularity: { type: "none" } }],
  ["elements with more", [{ type: "long" }], [{ type: "long", createBitmapIndex: false }]],
  ["what is not declared", { a: undefined }, {}],
])("equal: %s", (_, declared, running) => {
  expect(differences(declared, running)).toEqual([]);
});

test.each<[string, unknown, unknown, string]>([
  ["a value", { a: { b: 1 } }, { a: { b: 2 } }, "a.b: 2 is declared as 1"],
  ["a missing key", { a: 1 }, {}, "a: undefined is declared as 1"],
  ["null", { a: 1 }, { a: null }, "a: null is declared as 1"],
  ["an order", ["x", "y"], ["y", "x"], '[0]: "y" is declared as "x"'],
  ["an element more", { l: ["x"] }, { l: ["x", "y"] }, 'l: ["x","y"] is declared as ["x"]'],
  ["a period", { p: "PT1H" }, { p: "PT60S" }, 'p: "PT60S" is declared as "PT1H"'],
  ["a number as text", { a: 1 }, { a: "1" }, 'a: "1" is declared as 1'],
  ["a granularity with a length", { q: "NONE" }, { q: { type: "period", period: "PT1H" } }, "q: "],
])("different: %s", (_, declared, running, line) => {
  expect(differences(declared, running)[0]).toContain(line);
});

test.each([
  ["PT1H", 3600],
  ["P1DT1M1S", 86_461],
  ["PT0S", 0],
  ["P", undefined],
  ["PT", undefined],
  ["P1M", undefined],
  ["Parts", undefined],
])("%s is %s seconds", (text, seconds) => {
  expect(periodSeconds(text)).toBe(seconds);
});
