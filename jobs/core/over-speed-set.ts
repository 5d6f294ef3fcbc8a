import { parseLogDate } from "./driver-log";

/** Key of the hash in which the topology notes which rule it judged by, and since when. */
export const RULES_KEY = "smartcar:rules";

const MEMBER = /^([A-Z][0-9]{4,6})-([0-9]{14})$/;

/** A moment at which a car was speeding. */
export interface OverSpeed {
  readonly car: string;
  /** `yyyyMMddHHmmss` in Seoul's wall time. */
  readonly date: string;
}

/** Whether a key is that of a day's set: `yyyyMMdd`, a day of the calendar. */
export function isDayKey(key: string): boolean {
  return /^[0-9]{8}$/.test(key) && parseLogDate(`${key}000000`) !== undefined;
}

/** Member of a day's set. */
export function memberOf({ car, date }: OverSpeed): string {
  return `${car}-${date}`;
}

/** What a member of a day's set says; undefined when it is none. */
export function parseMember(member: string): OverSpeed | undefined {
  const [, car, date] = MEMBER.exec(member) ?? [];
  return car === undefined || date === undefined || parseLogDate(date) === undefined ? undefined : { car, date };
}
