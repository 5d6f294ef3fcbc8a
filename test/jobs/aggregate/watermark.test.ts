import { describe, expect, test } from "vitest";
import { isClosed, isLate, newClock, observe } from "../../../jobs/aggregate/watermark";

const RULE = { sizeMs: 10_000, watermarkMs: 15_000, idleMs: 60_000, maxAheadMs: 300_000 };

/** A clock that has seen events, in seconds, per source. */
function seen(events: readonly (readonly [source: number, second: number])[], rule = RULE) {
  const clock = newClock();
  for (const [source, second] of events) observe(clock, source, second * 1000, rule);
  return clock;
}

describe("a record is late", () => {
  test.each([
    // newest event, end of the record's window, late: it ended at or before newest - 15 s
    [124.9, 110, false],
    [125, 110, true],
    [140, 120, true],
    [134, 120, false],
  ])("newest %d, window to %d: %s", (newest, end, late) => {
    expect(isLate(seen([[0, newest]]), 0, end * 1000, RULE)).toBe(late);
  });

  test("by the newest event of its own source alone", () => {
    const clock = seen([
      [0, 100_000],
      [1, 100],
    ]);
    expect(isLate(clock, 0, 110_000, RULE)).toBe(true);
    expect(isLate(clock, 1, 110_000, RULE)).toBe(false);
    expect(isLate(clock, 2, 110_000, RULE)).toBe(false); // a source that was never seen
  });

  test("by a watermark that never goes back", () => {
    expect(
      isLate(
        seen([
          [0, 200],
          [0, 100],
        ]),
        0,
        180_000,
        RULE,
      ),
    ).toBe(true);
  });

  test("with a longer watermark no more", () => {
    expect(isLate(seen([[0, 150]]), 0, 110_000, { ...RULE, watermarkMs: 60_000 })).toBe(false);
  });
});

describe("a window closes", () => {
  test("when the watermarks of all sources have passed its end", () => {
    const clock = seen([
      [1, 124],
      [0, 130],
    ]);
    expect(isClosed(clock, 110_000)).toBe(false);
    observe(clock, 1, 125_000, RULE);
    expect(isClosed(clock, 110_000)).toBe(true);
  });

  test("in spite of a silent source, when the furthest has passed it by more than the idle bound", () => {
    expect(
      isClosed(
        seen([
          [1, 100],
          [0, 185],
        ]),
        110_000,
      ),
    ).toBe(false);
    expect(
      isClosed(
        seen([
          [1, 100],
          [0, 186],
        ]),
        110_000,
      ),
    ).toBe(true);
  });

  test("for good, whatever comes later", () => {
    const clock = seen([[0, 130]]);
    observe(clock, 1, 50_000, RULE);
    expect(isClosed(clock, 110_000)).toBe(true);
  });
});
