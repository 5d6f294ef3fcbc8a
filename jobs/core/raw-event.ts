/** What an event says, read with nothing of the jobs' own code. */
export interface RawEvent {
  /** NaN when it is not a whole number below 2^53. */
  readonly id: number;
  /** Milliseconds since 1970; NaN when it is not `YYYY-MM-DD HH:MM:SS`. */
  readonly timeMs: number;
  readonly hello: unknown;
  readonly time: unknown;
}

const SEOUL_OFFSET_MS = 9 * 3_600_000;

/** Reads a value of `events`; undefined when it holds no JSON object. */
export function rawEvent(value: Buffer | null): RawEvent | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value ?? Buffer.of()));
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const id = fields.get("id");
  const time = fields.get("time");
  return {
    id: typeof id === "number" && Number.isSafeInteger(id) ? id : Number.NaN,
    timeMs: typeof time === "string" ? wallTimeMs(time) : Number.NaN,
    hello: fields.get("hello"),
    time,
  };
}

/** Instant of Seoul's wall time, in milliseconds since 1970; NaN for any other text. */
export function wallTimeMs(text: string): number {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return Number.NaN;
  const utc = Date.parse(`${text.replace(" ", "T")}Z`);
  // Date.parse turns 24:00:00 and 31 April into the next day: only a text that comes back unchanged is a time.
  if (Number.isNaN(utc) || wallTimeText(utc - SEOUL_OFFSET_MS) !== text) return Number.NaN;
  return utc - SEOUL_OFFSET_MS;
}

/** `YYYY-MM-DD HH:MM:SS` in Seoul's wall time. */
export function wallTimeText(ms: number): string {
  return new Date(ms + SEOUL_OFFSET_MS).toISOString().replace("T", " ").slice(0, 19);
}
