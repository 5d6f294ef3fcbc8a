import { z } from "zod";
import { formatSeoulTime, parseSeoulTime } from "./seoul-time";

const HOURS_A_DAY = 24;
const DAY_MS = HOURS_A_DAY * 3_600_000;

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return parseSeoulTime(`${text} 00:00:00`) !== undefined;
}

/** The first day that Druid can cut out of time by a period that is longer than a day: see jobs/reindex/task.ts. */
export const FIRST_DAY = "1970-01-03";

/** The last day whose next one has a year of four digits. */
export const LAST_DAY = "9999-12-30";

/** Whether a text is a day of the calendar, `YYYY-MM-DD`, that can be reindexed. */
export function canBeReindexed(text: string): boolean {
  return isDay(text) && text >= FIRST_DAY && text <= LAST_DAY;
}

/** A day in a config. */
export const daySchema = z
  .string()
  .refine(canBeReindexed, `must be a day there is, YYYY-MM-DD, from ${FIRST_DAY} to ${LAST_DAY}`);

/** Seoul's midnight at which a day begins, in milliseconds since 1970. @throws when it is no day */
export function startOfDay(day: string): number {
  const seconds = parseSeoulTime(`${day} 00:00:00`);
  if (seconds === undefined) throw new Error(`"${day}" is no day, YYYY-MM-DD`);
  return seconds * 1000;
}

/** The day in Seoul at an instant. */
export function seoulDay(epochMs: number): string {
  return formatSeoulTime(epochMs / 1000).slice(0, 10);
}

/** The day that many days later, or earlier. */
export function dayAfter(day: string, days: number): string {
  return seoulDay(startOfDay(day) + days * DAY_MS);
}

/** All days of a range, both ends included; none when it ends before it begins. */
export function daysOf(from: string, to: string): string[] {
  const days = Math.round((startOfDay(to) - startOfDay(from)) / DAY_MS);
  return Array.from({ length: Math.max(0, days + 1) }, (_, index) => dayAfter(from, index));
}

/** A day as Druid writes intervals: two instants in UTC. @example "2026-01-14T15:00:00.000Z/2026-01-15T15:00:00.000Z" */
export function intervalOf(day: string): string {
  const { from, to } = instantsOf(day);
  return `${from}/${to}`;
}

/** Where a day begins, and where the next one does, as Druid writes instants. */
export function instantsOf(day: string): { readonly from: string; readonly to: string } {
  return { from: instant(startOfDay(day)), to: instant(startOfDay(dayAfter(day, 1))) };
}

function instant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
