import { formatSeoulTime, parseSeoulTime } from "../core/seoul-time";

/** A tumbling window, half-open: an event exactly at `end` belongs to the next one. Milliseconds since 1970. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Start of the window that holds an event time. Windows are aligned to 1970-01-01 00:00 UTC, as Spark aligns them. */
export function windowStart(eventMs: number, sizeMs: number): number {
  return Math.floor(eventMs / sizeMs) * sizeMs;
}

/** Since then Seoul is nine hours east of UTC, all year: before there were summer times and other offsets. */
const STEADY_SINCE_MS = Date.UTC(1988, 9, 10);
const DAY_MS = 86_400_000;
const NINE_HOURS_MS = 9 * 3_600_000;
/** What a DATETIME column can hold. */
const OLDEST_MS = Date.UTC(1000, 0, 2);

/**
 * The instant of `yyyy-MM-dd HH:mm:ss` in Seoul's wall time, in milliseconds since 1970; undefined for any other text and
 * before the year 1000. A wall time that came twice (clocks set back) is its first instant, one that never came (clocks set
 * forward) is moved on by the gap: what java.time, and so Spark, does.
 */
export function seoulInstant(text: string): number | undefined {
  const seconds = parseSeoulTime(text);
  if (seconds === undefined) return undefined;
  const steady = seconds * 1000;
  if (steady >= STEADY_SINCE_MS) return steady;
  if (steady < OLDEST_MS) return undefined;
  const wall = steady + NINE_HOURS_MS;
  const before = offsetAt(wall - DAY_MS);
  const after = offsetAt(wall + DAY_MS);
  if (before === after || offsetAt(wall - before) === before) return wall - before;
  return offsetAt(wall - after) === after ? wall - after : wall - before;
}

/** `yyyy-MM-dd HH:mm:ss` in Seoul's wall time, whatever the zone of this process. */
export function seoulWallTime(ms: number): string {
  if (ms >= STEADY_SINCE_MS) return formatSeoulTime(ms / 1000);
  return new Date(ms + offsetAt(ms)).toISOString().slice(0, 19).replace("T", " ");
}

let parts: Intl.DateTimeFormat | undefined;

/** Seoul's offset from UTC at an instant, in milliseconds. */
function offsetAt(ms: number): number {
  parts ??= new Intl.DateTimeFormat("en-US", {
    timeZone: "Asia/Seoul",
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const at: Record<string, number> = {};
  for (const { type, value } of parts.formatToParts(ms)) at[type] = Number(value);
  const wall = Date.UTC(2000, (at.month ?? 1) - 1, at.day, at.hour, at.minute, at.second);
  const date = new Date(wall);
  date.setUTCFullYear(at.year ?? 1970, (at.month ?? 1) - 1, at.day);
  return date.getTime() - Math.floor(ms / 1000) * 1000;
}
