import { expect, test } from "vitest";
import { RawPartition } from "../../../jobs/verify/raw";

test("an event whose fields are nested deeper than any stack is no collector's, and no failure", () => {
  const raw = new RawPartition(7);
  const origin = { topic: "events", partition: 0, timestamp: 5, key: null, headers: {} };
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  for (const [offset, [hello, time]] of [
    [deep, '"2026-11-21 12:00:00"'],
    ['"a"', deep],
    ['"a"', '"2026-11-21 12:00:00"'],
  ].entries()) {
    raw.add({ ...origin, offset: offset + 7, value: Buffer.from(`{"hello":${hello},"id":3,"time":${time}}`) });
  }
  expect([7, 8, 9, 10].map((offset) => raw.at(offset)?.whole)).toEqual([false, false, true, undefined]);
});
