/** Times of the rule, in milliseconds. */
export interface WindowRule {
  /** Length of a window. */
  readonly sizeMs: number;
  /** How far behind the newest event a record may be and still be counted for certain. */
  readonly watermarkMs: number;
  /** A window whose end the furthest watermark has passed by more than this closes, whatever the others say. */
  readonly idleMs: number;
  /** An event time further ahead of its record's Kafka timestamp than this is wrong. */
  readonly maxAheadMs: number;
}

/**
 * Event time in one partition read: the newest event seen of each original partition of `events`. It follows from the
 * records read alone, never from a clock or from other partitions, so every replay sees the same.
 */
export interface EventClock {
  /** Newest event time per source partition, in milliseconds. The watermark is this minus the delay. */
  readonly newest: Map<number, number>;
  /** Windows that end at or before this are closed. Never goes back. */
  closedUpTo: number;
}

/** A clock that has seen nothing. */
export function newClock(): EventClock {
  return { newest: new Map(), closedUpTo: Number.NEGATIVE_INFINITY };
}

/**
 * Whether a record comes too late: its window ended at or before the watermark of its own source partition, as it was
 * before this record. Other sources have no say: a backlog that is worked off one source after the other is not late.
 */
export function isLate(clock: EventClock, source: number, windowEnd: number, rule: WindowRule): boolean {
  const newest = clock.newest.get(source);
  return newest !== undefined && windowEnd <= newest - rule.watermarkMs;
}

/** Moves the clock on by one record. A window closes when all watermarks have passed its end, or the furthest by far. */
export function observe(clock: EventClock, source: number, eventMs: number, rule: WindowRule): void {
  const newest = clock.newest.get(source);
  if (newest !== undefined && eventMs <= newest) return;
  clock.newest.set(source, eventMs);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const time of clock.newest.values()) {
    if (time < least) least = time;
    if (time > most) most = time;
  }
  const passedByAll = least - rule.watermarkMs;
  const passedByFar = most - rule.watermarkMs - rule.idleMs - 1; // by more than the bound, not by just as much
  clock.closedUpTo = Math.max(clock.closedUpTo, passedByAll, passedByFar);
}

/** Whether a window is closed: its rows may have left memory. It says nothing about a record being late. */
export function isClosed(clock: EventClock, windowEnd: number): boolean {
  return windowEnd <= clock.closedUpTo;
}

/** The newest event time of all sources; minus infinity when none was seen. */
export function newestOfAll(clock: EventClock): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...clock.newest.values());
}
