/** The first day that can be reindexed, as the jobs have it. */
export const FIRST_DAY = "1970-01-03";

/** Whether a text is a day of the calendar, `YYYY-MM-DD`, from the first on. Date.parse takes 31 February for 3 March. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && text >= FIRST_DAY && new Date(ms).toISOString().slice(0, 10) === text;
}
