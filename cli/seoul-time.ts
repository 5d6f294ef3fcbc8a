/** Seoul is nine hours ahead of UTC in every year, as the jobs have it. */
const OFFSET_MS = 9 * 3_600_000;

/** The first day that can be reindexed, as the jobs have it. */
export const FIRST_DAY = "1970-01-03";

/** The last one, as the jobs have it. */
export const LAST_DAY = "9999-12-30";

/** Whether a text is `YYYY-MM-DD HH:MM:SS`. Date.parse takes 31 February for 3 March: only what comes back unchanged is a time. */
export function isWallTime(text: string): boolean {
  const ms = Date.parse(`${text.replace(" ", "T")}Z`);
  return !Number.isNaN(ms) && wallTime(ms) === text;
}

/** Whether a text is a day of the calendar that can be reindexed, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return isWallTime(`${text} 00:00:00`) && text >= FIRST_DAY && text <= LAST_DAY;
}

/** `YYYY-MM-DD HH:MM:SS` in Seoul. @param instant ISO 8601 */
export function seoulTime(instant: string): string {
  return wallTime(Date.parse(instant) + OFFSET_MS);
}

/** Seoul's day at an instant. @param instant ISO 8601 */
export function seoulDay(instant: string): string {
  return seoulTime(instant).slice(0, 10);
}

function wallTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
