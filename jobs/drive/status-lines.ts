import { formatLogDate } from "../core/driver-log";
import { SEOUL_OFFSET_SECONDS } from "../core/seoul-time";
import { carNumber } from "./cars";
import { between, chance } from "./chance";
import type { DriveConfig } from "./config";

/** What a status file is computed from. */
export type StatusPlan = Pick<DriveConfig, "seed" | "cars" | "status">;

/** A file's interval: lines are dated from `from` up to before `to`, seconds since 1970. */
export interface StatusInterval {
  readonly from: number;
  readonly to: number;
}

/** Conditions of a part: good in nine of ten. */
const CONDITIONS = "AAAAAAAAAABBBC";
/** Purposes of draws, apart from those of drives. */
const GARBAGE = 100;
const KIND = 101;
const PART = 102;

/** The last interval that is over at a second. Intervals are counted from Seoul's midnight, so those of a day are whole days. */
export function lastInterval(everySeconds: number, nowSecond: number): StatusInterval {
  const wall = nowSecond + SEOUL_OFFSET_SECONDS;
  const midnight = Math.floor(wall / 86_400) * 86_400;
  const count = Math.floor((wall - midnight) / everySeconds);
  // The rest of a day that is no multiple of the interval belongs to its last one.
  const perDay = Math.max(1, Math.floor(86_400 / everySeconds));
  const ended = count >= perDay ? perDay - 1 : count;
  if (ended > 0) return interval(midnight + (ended - 1) * everySeconds, midnight + ended * everySeconds);
  return interval(midnight - 86_400 + (perDay - 1) * everySeconds, midnight);
}

/** One line of a file, and whether it is garbage: a line that does not begin with a date. */
export interface StatusLine {
  readonly text: string;
  readonly garbage: boolean;
}

/**
 * Line `index` of an interval's file: `date,car_number,tire_fl,tire_fr,tire_bl,tire_br,light_fl,light_fr,light_bl,light_br,engine,
 * break,battery`. Lines are in the order of time, cars take turns, and no car has two lines of a second.
 */
export function statusLine(
  { seed, cars, status }: StatusPlan,
  { from, to }: StatusInterval,
  index: number,
): StatusLine {
  const car = index % cars;
  const rows = Math.ceil(status.lines / cars);
  const second = from + Math.floor((Math.floor(index / cars) * (to - from)) / rows);
  if (chance(seed, GARBAGE, from, index) < status.garbageShare)
    return { text: garbage(chance(seed, KIND, from, index), second, car), garbage: true };
  const luck = (part: number) => chance(seed, PART, car, second, part);
  const tires = [0, 1, 2, 3].map((part) => between(70, 100, luck(part)));
  const lights = [4, 5, 6, 7].map((part) => (luck(part) < 0.95 ? 1 : 0));
  const conditions = [8, 9].map((part) => CONDITIONS[between(0, CONDITIONS.length - 1, luck(part))]);
  const fields = [
    formatLogDate(second),
    carNumber(car),
    ...tires,
    ...lights,
    ...conditions,
    between(20, 100, luck(10)),
  ];
  return { text: fields.join(","), garbage: false };
}

/** What logs have between their lines: comments, a date cut short, one with a letter in it, one that does not come first, nothing. */
function garbage(luck: number, second: number, car: number): string {
  const date = formatLogDate(second);
  const kinds = [
    "# status of the cars",
    `${date.slice(0, 13)},${carNumber(car)},100`,
    `${date.slice(0, 13)}X,${carNumber(car)},100,100,100,100,1,1,1,1,A,A,90`,
    ` ${date},${carNumber(car)},100,100,100,100,1,1,1,1,A,A,90`,
    "",
  ];
  return kinds[between(0, kinds.length - 1, luck)] ?? "";
}

function interval(wallFrom: number, wallTo: number): StatusInterval {
  return { from: wallFrom - SEOUL_OFFSET_SECONDS, to: wallTo - SEOUL_OFFSET_SECONDS };
}
