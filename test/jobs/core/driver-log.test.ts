import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../../cluster/core/paths";
import {
  formatDriverLine,
  formatLogDate,
  padDriverLine,
  parseDriverLine,
  parseLogDate,
  unpaddedDriverLine,
} from "../../../jobs/core/driver-log";

const LINE = "20260124160000,O0010,3,0,F,N,80,B06";
const VECTORS = join(projectRoot(), "topologies/smartcar/src/test/resources/driver-log-vectors.json");

interface Vector {
  readonly line: string;
  readonly reason: string | null;
}

function reasonOf(line: string): string | null {
  const parsed = parseDriverLine(line);
  return "reason" in parsed ? parsed.reason : null;
}

test("a line is its reading and a reading its line", () => {
  const parsed = parseDriverLine(LINE);
  expect(parsed).toEqual({
    reading: {
      date: "20260124160000",
      carNumber: "O0010",
      speedPedal: "3",
      breakPedal: "0",
      steerAngle: "F",
      directLight: "N",
      speed: "80",
      areaNumber: "B06",
    },
  });
  if ("reading" in parsed) expect(formatDriverLine(parsed.reading)).toBe(LINE);
});

test("padding makes a line exactly as long as asked, and is no part of the reading", () => {
  const padded = padDriverLine(LINE, 4096);
  expect(padded).toHaveLength(4096);
  expect(parseDriverLine(padded)).toEqual(parseDriverLine(LINE));
  expect(unpaddedDriverLine(padded)).toBe(LINE);
  expect(unpaddedDriverLine(LINE)).toBe(LINE);
  expect(padDriverLine(LINE, 10)).toBe(LINE);
});

test.each([
  ["", "field-count"],
  ["20260124160000,O0010,3,0,F,N,80", "field-count"],
  [`${LINE},x,x`, "field-count"],
  ["20260229000000,O0010,3,0,F,N,80,B06", "bad-date"],
  ["20260124240000,O0010,3,0,F,N,80,B06", "bad-date"],
  ["2026012416000,O0010,3,0,F,N,80,B06", "bad-date"],
  ["20260124160000,O001,3,0,F,N,80,B06", "bad-car-number"],
  ["20260124160000,o0010,3,0,F,N,80,B06", "bad-car-number"],
  ["20260124160000,O0010,6,0,F,N,80,B06", "bad-speed-pedal"],
  ["20260124160000,O0010,3,4,F,N,80,B06", "bad-break-pedal"],
  ["20260124160000,O0010,3,0,L4,N,80,B06", "bad-steer-angle"],
  ["20260124160000,O0010,3,0,F,X,80,B06", "bad-direct-light"],
  ["20260124160000,O0010,3,0,F,N,-1,B06", "bad-speed"],
  ["20260124160000,O0010,3,0,F,N,1e2,B06", "bad-speed"],
  ["20260124160000,O0010,3,0,F,N,NaN,B06", "bad-speed"],
  ["20260124160000,O0010,3,0,F,N,80.01,B06", null],
  ["20260124160000,O0010,3,0,F,N,80,B00", "bad-area-number"],
  ["20260124160000,O0010,3,0,F,N,80,B11", "bad-area-number"],
  ["20260124160000,O0010,3,0,F,N,80,B06\r", "bad-area-number"],
  [`${LINE},`, null],
])("%s: %s", (line, reason) => {
  expect(reasonOf(line)).toBe(reason);
});

test("dates are Seoul's wall time", () => {
  expect(parseLogDate("20260101000000")).toBe(Date.parse("2025-12-31T15:00:00Z") / 1000);
  expect(formatLogDate(Date.parse("2025-12-31T15:00:00.900Z") / 1000)).toBe("20260101000000");
});

// The topology reads lines in Java; both sides are held to one file.
describe.runIf(existsSync(VECTORS))("the topology's vectors", () => {
  const vectors: readonly Vector[] = existsSync(VECTORS) ? JSON.parse(readFileSync(VECTORS, "utf8")) : [];

  test("there are enough of them", () => {
    expect(vectors.length).toBeGreaterThanOrEqual(25);
    expect(vectors.some(({ reason }) => reason === null)).toBe(true);
  });

  test.each(vectors)("$line: $reason", ({ line, reason }) => {
    expect(reasonOf(line)).toBe(reason);
  });
});
