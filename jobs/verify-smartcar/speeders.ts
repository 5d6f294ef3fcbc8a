import { formatLogDate, type Reading } from "../core/driver-log";
import { isDayKey, memberOf, parseMember } from "../core/over-speed-set";
import type { Redis } from "../core/redis";
import type { Verdict } from "./rule";
import type { Seconds } from "./topic";

/** What must be in the sets of days, and what may be. */
export class ExpectedSpeeders {
  private readonly days = new Map<string, { readonly must: Set<string>; readonly may: Set<string> }>();

  /** Takes the verdict on a reading. */
  note({ date, carNumber }: Reading, verdict: Verdict): void {
    const day = date.slice(0, 8);
    const found = this.days.get(day) ?? { must: new Set<string>(), may: new Set<string>() };
    this.days.set(day, found);
    if (verdict === "must not") return;
    found[verdict].add(memberOf({ car: carNumber, date }));
  }

  get all(): ReadonlyMap<string, { readonly must: ReadonlySet<string>; readonly may: ReadonlySet<string> }> {
    return this.days;
  }
}

/** How the set of a day differs from what is expected of the seconds that are checked. */
export interface DayFindings {
  readonly day: string;
  readonly expected: number;
  readonly found: number;
  readonly missing: readonly string[];
  /** Members of readings at which the rule does not hold, or of none. */
  readonly foreign: readonly string[];
}

/** Compares the sets of days with what the rule says. @param within members of other seconds are left out */
export async function compareDays(
  redis: Pick<Redis, "members">,
  expected: ExpectedSpeeders,
  within: Seconds,
): Promise<DayFindings[]> {
  const findings: DayFindings[] = [];
  for (const [day, { must, may }] of expected.all) {
    const members = new Set(await redis.members(day));
    const foreign = [...members].filter((member) => {
      if (must.has(member) || may.has(member)) return false;
      const parsed = parseMember(member);
      if (!parsed?.date.startsWith(day)) return true;
      return parsed.date >= formatLogDate(within.from) && parsed.date < formatLogDate(within.to);
    });
    const missing = [...must].filter((member) => !members.has(member));
    findings.push({
      day,
      expected: must.size,
      found: must.size - missing.length,
      missing: missing.sort(),
      foreign: foreign.sort(),
    });
  }
  return findings;
}

/** Sets of days that never expire, which no member was added to with its expiry. */
export async function neverExpiring(redis: Pick<Redis, "keys" | "expiresIn">): Promise<string[]> {
  const days = (await redis.keys("[0-9]*")).filter(isDayKey).sort();
  const found: string[] = [];
  for (const day of days) if ((await redis.expiresIn(day)) === undefined) found.push(day);
  return found;
}
