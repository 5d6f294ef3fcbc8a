import { expect, test } from "vitest";
import { headerNumber } from "../../../jobs/core/record";

test.each([
  ["0", 0],
  ["007", 7],
  ["1735689600000", 1_735_689_600_000],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ["9007199254740992", undefined],
  ["9007199254740993", undefined],
  ["9999999999999999", undefined],
  ["00000000000000001", undefined], // 17 digits
  ["", undefined],
  ["-1", undefined],
  ["1.0", undefined],
  [" 1", undefined],
  ["1\n", undefined],
  ["１", undefined], // a digit, but of another alphabet
])("the whole number in the header %j", (text, number) => {
  expect(headerNumber({ it: Buffer.from(text) }, "it")).toBe(number);
});

test("no number without the header", () => {
  expect(headerNumber({}, "it")).toBeUndefined();
});
