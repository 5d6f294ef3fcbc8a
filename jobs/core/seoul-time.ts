/** Seoul is nine hours east of UTC, all year. (It had summer time in 1987-88; events are not that old.) */
export const SEOUL_OFFSET_SECONDS = 9 * 3600;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SECONDS_A_DAY = 86_400;

/**
 * Seconds since 1970 (UTC) of an event time `YYYY-MM-DD HH:MM:SS` in Seoul's wall time, or undefined when the text is
 * anything else: another length or separator, a day the month does not have, hour 24.
 */
export function parseSeoulTime(text: string): number | undefined {
  return text.length === 19 ? secondsFrom((index) => text.charCodeAt(index)) : undefined;
}

/** {@link parseSeoulTime} of the 19 bytes at `start`, without making a string. */
export function parseSeoulTimeBytes(bytes: Uint8Array, start = 0): number | undefined {
  return start + 19 <= bytes.length ? secondsFrom((index) => bytes[start + index] ?? 0) : undefined;
}

/** `YYYY-MM-DD HH:MM:SS` in Seoul's wall time of seconds since 1970 (UTC). Fractions are cut. */
export function formatSeoulTime(epochSeconds: number): string {
  const wall = new Date((Math.floor(epochSeconds) + SEOUL_OFFSET_SECONDS) * 1000);
  return wall.toISOString().slice(0, 19).replace("T", " ");
}

function secondsFrom(at: (index: number) => number): number | undefined {
  if (at(4) !== 45 || at(7) !== 45 || at(10) !== 32 || at(13) !== 58 || at(16) !== 58) return undefined;
  const year = two(at, 0) * 100 + two(at, 2);
  const month = two(at, 5);
  const day = two(at, 8);
  const hour = two(at, 11);
  const minute = two(at, 14);
  const second = two(at, 17);
  // NaN (not a digit) fails every comparison.
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59))
    return undefined;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  if (day > (DAYS_IN_MONTH[month - 1] ?? 0) + leap) return undefined;
  return daysSince1970(year, month, day) * SECONDS_A_DAY + hour * 3600 + minute * 60 + second - SEOUL_OFFSET_SECONDS;
}

function two(at: (index: number) => number, index: number): number {
  const tens = at(index) - 48;
  const ones = at(index + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; the year is counted from March, so leap days come last. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
