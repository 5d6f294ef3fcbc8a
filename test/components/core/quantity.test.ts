import { expect, test } from "vitest";
import { parseMiB, parseMillicores, resources } from "../../../components/core/quantity";

test.each([
  ["448Mi", 448],
  ["10Gi", 10_240],
  ["1048576", 1],
  ["1.5Gi", 1536],
  ["1024Ki", 1],
])("%s is %d MiB", (quantity, mib) => {
  expect(parseMiB(quantity)).toBe(mib);
});

test.each([
  ["100m", 100],
  ["2", 2000],
  ["0.5", 500],
])("%s is %d millicores", (quantity, millicores) => {
  expect(parseMillicores(quantity)).toBe(millicores);
});

test.each(["", "ten", "5mb", "-1Mi"])("%s is no quantity of memory", (quantity) => {
  expect(() => parseMiB(quantity)).toThrow("not a quantity");
});

test("memory is requested in full", () => {
  expect(resources(50, 192)).toEqual({ requests: { cpu: "50m", memory: "192Mi" }, limits: { memory: "192Mi" } });
});
