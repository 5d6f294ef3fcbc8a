import { describe, expect, test } from "vitest";
import { decodeMetadata } from "../../../jobs/aggregate/checkpoint";
import { changes, checkpointOf, restore, settle, skipTo, step } from "../../../jobs/aggregate/state";

const RULE = { sizeMs: 10_000, watermarkMs: 15_000, idleMs: 60_000, maxAheadMs: 300_000 };
const fresh = (from = [0]) => restore(0, undefined, 0, RULE, "r", from);
const at = (second: number, source = 0, key = "kim") => ({ timeMs: second * 1000, source, keys: [key, key] });

describe("what Spark's watermark suite asks, for 10 s windows and 15 s of delay", () => {
  test("events count in the window that holds them, the end excluded", () => {
    const state = fresh();
    for (const [offset, second] of [0, 9, 10, 19, 20].entries()) step(state, offset, at(second));
    expect(changes(state)[0]?.rows).toEqual([
      { start: 0, key: "kim", count: 2, late: 0 },
      { start: 10_000, key: "kim", count: 2, late: 0 },
      { start: 20_000, key: "kim", count: 1, late: 0 },
    ]);
  });

  test("14.9 s late is counted, 15.1 s late is not", () => {
    // The record belongs to the window up to 110; the newest event is that far behind the window's end.
    const effects = [124.9, 125.1].map((newest) => {
      const state = fresh();
      step(state, 0, at(newest));
      return step(state, 1, at(109));
    });
    expect(effects).toEqual(["counted", "late"]);
  });

  test("a late record is noted beside the count, not in it", () => {
    const state = fresh();
    step(state, 0, at(109));
    step(state, 1, at(200));
    step(state, 2, at(105));
    expect(changes(state)[0]?.rows[0]).toEqual({ start: 100_000, key: "kim", count: 1, late: 1 });
  });
});

test("a backlog worked off one source after the other makes nothing late", () => {
  const state = fresh();
  let offset = 0;
  const effects = new Set<string>();
  for (const source of [0, 1, 2]) {
    for (let second = 0; second < 36_000; second += 5) {
      effects.add(step(state, offset++, at(second, source)));
      if (offset % 1000 === 0) settle(state);
    }
  }
  expect([...effects]).toEqual(["counted"]);
});

test("a silent source holds back neither the commit nor memory", () => {
  const state = fresh();
  step(state, 0, at(100, 5));
  for (let second = 101; second < 1000; second += 1) step(state, second - 100, at(second, 0));
  settle(state);
  expect(state.open.size).toBeLessThanOrEqual((15 + 60) / 10 + 2);
  expect(checkpointOf(state).offset).toBeGreaterThan(800);
});

test("the commit never passes the first record of a window still open, and carries the clock as it was there", () => {
  const state = fresh();
  for (const [offset, second] of [100, 105, 131, 133, 128].entries()) step(state, offset, at(second));
  settle(state);
  const { offset, metadata } = checkpointOf(state);
  expect(offset).toBe(2); // 131 opened the oldest window that is left: the one to 110 is closed
  const checkpoint = decodeMetadata(offset, metadata);
  expect(checkpoint?.newest).toEqual(new Map([[0, 105_000]]));
  expect(checkpoint?.closedUpTo).toBe(118_000);
});

test("with no window open everything read may be committed, control records included", () => {
  const state = fresh();
  step(state, 0, "not-json");
  skipTo(state, 5);
  settle(state);
  expect(checkpointOf(state).offset).toBe(5);
});

test("what was written is not written again, what changed is, absolutely", () => {
  const state = fresh();
  step(state, 0, at(100));
  step(state, 1, at(100, 0, "lee"));
  settle(state);
  expect(changes(state)[0]?.rows).toEqual([]);
  step(state, 2, at(101));
  expect(changes(state)[0]?.rows).toEqual([{ start: 100_000, key: "kim", count: 2, late: 0 }]);
});

test("a record for a window that has left memory is added to what MySQL holds", () => {
  const state = fresh();
  step(state, 0, at(100));
  step(state, 1, at(200));
  settle(state); // the window to 110 is gone
  step(state, 2, at(100, 1)); // another source is behind: in time by its own watermark
  step(state, 3, at(101, 0)); // late by its own
  expect(changes(state)[0]?.revisited).toEqual([{ start: 100_000, key: "kim", counted: [2], late: [3] }]);
  expect(changes(state)[0]?.rows).toEqual([]);
});

test("a table that counts from a later offset does not take part before it", () => {
  const state = fresh([0, 2]);
  for (const [offset, second] of [100, 101, 102].entries()) step(state, offset, at(second));
  const [first, second] = changes(state);
  expect(
    first?.rows.concat(first.revisited.map((row) => ({ ...row, count: row.counted.length, late: 0 }))).at(0)?.count,
  ).toBe(3);
  // Its row may have records from before offset 2, which this process has not counted: MySQL knows.
  expect(second).toEqual({ rows: [], revisited: [{ start: 100_000, key: "kim", counted: [2], late: [] }] });
});
