import { describe, expect, test } from "vitest";
import { cpuList, divide, onCpus } from "../../bench/cores";

test.each([
  ["0", [0]],
  ["0-1\n", [0, 1]],
  ["0-2,5,7-8", [0, 1, 2, 5, 7, 8]],
])("the CPUs in %j", (text, cpus) => {
  expect(cpuList(text)).toEqual(cpus);
});

describe("CPUs are divided", () => {
  test("so that what is measured has its own", () => {
    expect(divide([0, 1, 4, 5], 3)).toEqual({ measured: [1, 4, 5], servers: [0] });
  });

  test("or shared, when none are left for the servers", () => {
    expect(divide([0, 1], 2)).toEqual({ measured: [0, 1], servers: [0, 1] });
  });

  test.each([0, 3, 1.5, Number.NaN])("but not %d of two", (count) => {
    expect(() => divide([0, 1], count)).toThrow(`--cores must be from 1 to 2, the CPUs of this machine, got ${count}`);
  });
});

test("taskset starts a command on its CPUs", () => {
  expect(onCpus([1, 3], ["node", "job.js"])).toEqual(["-c", "1,3", "node", "job.js"]);
});
