import { parseMember } from "../core/over-speed-set";

/** A car that was speeding on a day. */
export interface Speeder {
  readonly car: string;
  /** Readings at which it was. */
  readonly count: number;
  /** The first and the last of them, `yyyyMMddHHmmss` in Seoul's wall time. */
  readonly first: string;
  readonly last: string;
  /** All of them in order, where they were asked for. */
  readonly times?: readonly string[];
}

/** The speeding cars of a day. */
export interface Speeders {
  /** By car. */
  readonly cars: readonly Speeder[];
  /** Members that name no car and time. */
  readonly strangers: readonly string[];
}

/** Reads a day's set, whose members come in any order. */
export function speedersOf(members: readonly string[], withTimes: boolean): Speeders {
  const byCar = new Map<string, string[]>();
  const strangers: string[] = [];
  for (const member of members) {
    const found = parseMember(member);
    if (!found) {
      strangers.push(member);
      continue;
    }
    const times = byCar.get(found.car);
    if (times) times.push(found.date);
    else byCar.set(found.car, [found.date]);
  }
  const cars = [...byCar]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([car, times]) => {
      times.sort();
      const [first = ""] = times;
      const last = times.at(-1) ?? "";
      return { car, count: times.length, first, last, ...(withTimes ? { times } : {}) };
    });
  return { cars, strangers: strangers.sort() };
}
