import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seoulInstant, seoulWallTime, windowStart } from "../../../jobs/aggregate/window";

describe("wall time in Seoul", () => {
  test.each([
    ["2026-11-21 00:00:00", "2026-11-20T15:00:00Z"],
    ["2026-11-20 23:59:59", "2026-11-20T14:59:59Z"],
    ["1970-01-01 09:00:00", "1970-01-01T00:00:00Z"],
    ["2024-02-29 12:00:00", "2024-02-29T03:00:00Z"],
    ["9999-12-31 23:59:59", "9999-12-31T14:59:59Z"],
    ["1988-07-01 12:00:00", "1988-07-01T02:00:00Z"], // summer time, ten hours
    ["1987-05-10 02:30:00", "1987-05-09T17:30:00Z"], // never came: moved on by the gap to 03:30
    ["1987-10-11 02:30:00", "1987-10-10T16:30:00Z"], // came twice: the first
    ["1960-01-01 12:00:00", "1960-01-01T03:30:00Z"], // eight and a half hours
  ])("%s is %s", (text, instant) => {
    expect(new Date(seoulInstant(text) ?? Number.NaN).toISOString()).toBe(instant.replace("Z", ".000Z"));
  });

  test.each([
    "",
    "2026-11-21",
    "2026-11-21T00:00:00",
    "2026-11-21 24:00:00",
    "2026-11-21 00:00:60",
    "2026-02-29 00:00:00",
    "2026-13-01 00:00:00",
    "2026-11-21 00:00:00Z",
    " 2026-11-21 00:00:00",
    "2026-1-21 00:00:00",
    "1763650800",
    "1763650800000",
    "0999-12-31 00:00:00",
    "２０２６-11-21 00:00:00",
  ])("%j is not a time", (text) => {
    expect(seoulInstant(text)).toBeUndefined();
  });

  test("what is parsed prints as it was, after summer time ended", () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1989, 0), max: Date.UTC(9000, 0) }), (ms) => {
        const whole = Math.floor(ms / 1000) * 1000;
        expect(seoulInstant(seoulWallTime(whole))).toBe(whole);
      }),
    );
  });

  test("it prints as Intl does, in every age", () => {
    const intl = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul", dateStyle: "short", timeStyle: "medium" });
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1910, 0) / 1000, max: Date.UTC(2100, 0) / 1000 }), (seconds) => {
        expect(seoulWallTime(seconds * 1000)).toBe(intl.format(seconds * 1000));
      }),
    );
  });
});

describe("tumbling windows, aligned as Spark aligns them", () => {
  test.each([
    // seconds, event, start: from Spark's window(timestamp, size)
    [10, "2026-11-21 12:00:09", "2026-11-21 12:00:00"],
    [10, "2026-11-21 12:00:10", "2026-11-21 12:00:10"], // an event at the end belongs to the next window
    [60, "2026-11-21 12:00:59", "2026-11-21 12:00:00"],
    [86_400, "2026-11-21 08:59:59", "2026-11-20 09:00:00"], // days begin at midnight UTC, 09:00 in Seoul
    [86_400, "2026-11-21 09:00:00", "2026-11-21 09:00:00"],
    [7, "1970-01-01 09:00:06", "1970-01-01 09:00:00"], // counted from 1970, not from the hour
    [7, "1970-01-01 09:00:07", "1970-01-01 09:00:07"],
    [7, "1970-01-01 08:59:59", "1970-01-01 08:59:53"], // before 1970 too
  ])("%i s: %s is in the window from %s", (size, event, start) => {
    expect(seoulWallTime(windowStart(seoulInstant(event) ?? Number.NaN, size * 1000))).toBe(start);
  });

  test("every event is in exactly one window", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e13 }), fc.integer({ min: 1, max: 1e8 }), (event, size) => {
        const start = windowStart(event, size);
        expect(start <= event && event < start + size).toBe(true);
        expect(Math.abs(start % size)).toBe(0);
      }),
    );
  });
});
