import { longField, rawFields, stringField } from "../core/from-json";
import { startOfDay } from "../core/seoul-day";
import { parseSeoulTime } from "../core/seoul-time";

/** What tells one event from another. */
export interface EventKey {
  readonly id: bigint;
  /** Second of the day. */
  readonly second: number;
}

const BACKSLASH = 92;

/** Reads the events of one day out of raw values, by the rules of enrich. */
export class DayReader {
  private readonly text: Buffer;
  private readonly begin: number;

  constructor(day: string) {
    this.text = Buffer.from(day);
    this.begin = startOfDay(day) / 1000;
  }

  /** The event a value holds; undefined when it holds none, or one of another day. */
  event(value: Buffer | null): EventKey | undefined {
    // Most values are of other days, and show it: the day's text is in them, unless an escape hides it.
    if (value === null || !(value.includes(this.text) || value.includes(BACKSLASH))) return undefined;
    const fields = rawFields(value);
    if (typeof fields === "string") return undefined;
    const id = longField(fields.get("id"));
    const time = stringField(fields.get("time"));
    if (typeof id === "string" || time === undefined || !time.startsWith(this.text.toString())) return undefined;
    const instant = parseSeoulTime(time);
    return instant === undefined ? undefined : { id, second: instant - this.begin };
  }
}
