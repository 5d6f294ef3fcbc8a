import { expect, test } from "vitest";
import { hottest } from "../../bench/profile";

const frame = (id: number, functionName: string, url = "", lineNumber = -1) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

test("functions by the time they took themselves, without idle time", () => {
  const profile = {
    nodes: [
      frame(1, "(idle)"),
      frame(2, "step", "file:///tmp/job.js", 9),
      frame(3, "(garbage collector)"),
      frame(4, "step", "file:///tmp/job.js", 9), // the same from another caller
      frame(5, "", "file:///tmp/job.js", 19),
    ],
    samples: [1, 2, 3, 4, 5],
    timeDeltas: [1_000_000, 300, 200, 400, 100],
  };
  expect(hottest(profile, 2)).toEqual([" 70.0% step job.js:10", " 20.0% (garbage collector)"]);
  expect(hottest(profile, 9).at(-1)).toBe(" 10.0% (anonymous) job.js:20");
});
