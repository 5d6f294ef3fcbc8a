/** What a rule says, as far as it can be computed here: a car is speeding when its average over a window is above a limit. */
export interface SpeedRule {
  readonly windowSeconds: number;
  /** km/h. */
  readonly limit: number;
}

/** A rule and since when it judged, as the topology has noted it. */
export interface NotedRule {
  readonly epl: string;
  /** When the topology with it was submitted, milliseconds since 1970: until then the one before may have judged as well. */
  readonly submittedMs: number;
  /** Event time of the first reading it judged, by partition; milliseconds since 1970. */
  readonly since: ReadonlyMap<number, number>;
}

/** What the rules say of one reading. `may`: allowed and not required, as while one rule replaces another. */
export type Verdict = "must" | "may" | "must not";

/** A rule written like the default one: an average over a window of the car's own time, compared with a limit. */
const FORM =
  /^select carNumber, time, avg\(speed\) as \w+ from Reading#groupwin\(carNumber\)#ext_timed\(time, (\d+) (second|seconds|sec|minute|minutes|min)\) group by carNumber having avg\(speed\) > (\d+(?:\.\d+)?)$/;
/** Averages that are nearer to the limit than this may be on either side: adding up decimals is not exact. */
const EXACTNESS = 1e-6;
/** Cars whose second was judged before another car's of the same second: by the rule before. */
const SAME_SECOND_MS = 1_000;
/** From being submitted until the topology before has ended for certain. */
const HANDOVER_MS = 10_000;

/** Reads a rule of the form of the default one; undefined for any other. */
export function parseRule(epl: string): SpeedRule | undefined {
  const text = epl
    .replace(/\/\/.*$/gm, "")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([(),>]) ?/g, "$1")
    .trim()
    .replace(/ ?;$/, "")
    .replace(/,/g, ", ")
    .replace(/\) ?(as|from|group|having)/g, ") $1")
    .replace(/>/g, " > ");
  const [, amount = "", unit = "", limit = ""] = FORM.exec(text) ?? [];
  if (amount === "") return undefined;
  return { windowSeconds: Number(amount) * (unit.startsWith("min") ? 60 : 1), limit: Number(limit) };
}

/** Reads the topology's notes, oldest first. @throws when one is not what a topology writes */
export function notedRules(hash: ReadonlyMap<string, string>): NotedRule[] {
  return [...hash]
    .map(([field, value]) => {
      const note = JSON.parse(value) as { epl?: unknown; partitions?: unknown };
      if (!/^\d+$/.test(field) || typeof note.epl !== "string" || typeof note.partitions !== "object") {
        throw new Error(`${field}: ${value} is no note of a rule`);
      }
      const since = Object.entries(note.partitions ?? {}).map(
        ([partition, ms]) => [Number(partition), Number(ms)] as const,
      );
      return { epl: note.epl, submittedMs: Number(field), since: new Map(since) };
    })
    .sort((a, b) => a.submittedMs - b.submittedMs);
}

/** One reading, as the rule sees it. */
export interface RuleReading {
  readonly car: string;
  /** Seconds since 1970. */
  readonly second: number;
  readonly speed: number;
  /** Of the topic; undefined when it is not there. */
  readonly partition: number | undefined;
}

/**
 * Computes, with nothing of Esper's, who was speeding: per car the average over the readings within the window before each
 * reading, itself included. Readings are offered in the order of time, each car's second once.
 */
export class Judge {
  private readonly windows = new Map<string, { readonly second: number; readonly speed: number }[]>();
  private readonly rules: readonly (NotedRule & { readonly rule: SpeedRule | undefined })[];
  private readonly longest: number;

  /** @param fallback the rule of a topology that has noted none */
  constructor(notes: readonly NotedRule[], fallback: string) {
    const all = notes.length > 0 ? notes : [{ epl: fallback, submittedMs: 0, since: new Map<number, number>() }];
    this.rules = all.map((noted) => ({ ...noted, rule: parseRule(noted.epl) }));
    this.longest = Math.max(0, ...this.rules.map(({ rule }) => rule?.windowSeconds ?? 0));
    this.noted = notes.length > 0;
  }

  private readonly noted: boolean;

  /** Seconds before a reading that its verdict depends on. */
  get windowSeconds(): number {
    return this.longest;
  }

  /** The texts of the rules that cannot be computed here. */
  get foreign(): string[] {
    return this.rules.flatMap(({ epl, rule }) => (rule ? [] : [epl]));
  }

  offer(reading: RuleReading): Verdict {
    const { car, second, speed } = reading;
    const window = this.windows.get(car) ?? [];
    this.windows.set(car, window);
    window.push({ second, speed });
    for (let [first] = window; first && first.second <= second - this.longest; [first] = window) window.shift();
    return this.verdict(reading, window);
  }

  private verdict(reading: RuleReading, window: readonly { second: number; speed: number }[]): Verdict {
    const at = reading.second * 1000;
    const newest = this.inForce(reading.partition, at);
    if (newest < 0) return "may"; // before any topology judged
    const said = verdictOf(this.rules[newest]?.rule, window, reading.second);
    const since =
      this.noted && reading.partition !== undefined ? this.rules[newest]?.since.get(reading.partition) : undefined;
    const replaced = this.rules[newest - 1];
    // While one topology took over from another, both may have judged, or just the other.
    const alone = since === undefined || at > since + SAME_SECOND_MS;
    const both = replaced !== undefined && at <= (this.rules[newest]?.submittedMs ?? 0) + HANDOVER_MS;
    if (!alone && newest === 0 && said === "must") return "may";
    if (!replaced || (alone && !both)) return said;
    const before = verdictOf(replaced.rule, window, reading.second);
    if (said === before) return said;
    if (alone && said === "must") return "must";
    return "may";
  }

  /** The newest rule that had begun to judge a partition; -1 when none had. */
  private inForce(partition: number | undefined, at: number): number {
    if (!this.noted) return 0;
    return this.rules.findLastIndex(({ since }) => {
      const begun = partition === undefined ? undefined : since.get(partition);
      return begun !== undefined && begun <= at;
    });
  }
}

function verdictOf(
  rule: SpeedRule | undefined,
  window: readonly { readonly second: number; readonly speed: number }[],
  second: number,
): Verdict {
  if (!rule) return "may";
  let sum = 0;
  let count = 0;
  for (let at = window.length - 1; at >= 0; at -= 1) {
    const one = window[at];
    if (!one || one.second <= second - rule.windowSeconds) break;
    sum += one.speed;
    count += 1;
  }
  const over = sum / count - rule.limit;
  // Whole numbers add up exactly, so that an average that is the limit is no more than it.
  if (Math.abs(over) < EXACTNESS && !Number.isInteger(sum)) return "may";
  return over > 0 ? "must" : "must not";
}
