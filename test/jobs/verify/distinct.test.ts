import { expect, test } from "vitest";
import { Distinct } from "../../../jobs/verify/distinct";

test("distinct numbers are counted, however many, in whatever order, zeros and negatives too", () => {
  const distinct = new Distinct();
  expect(distinct.count()).toBe(0);
  for (let i = 0; i < 5000; i++) distinct.add((i * 7919) % 3000);
  for (const value of [-1, -1, 2 ** 53, 2 ** 53]) distinct.add(value);
  expect(distinct.count()).toBe(3002);
});
