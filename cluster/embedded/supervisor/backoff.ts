const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Who ran so long was well: the next end counts as a first one. */
const WELL_AFTER_MS = 60_000;

/** How many ends in quick succession there are now, counting this one. */
export function nextFailures(failures: number, ranMs: number): number {
  return ranMs >= WELL_AFTER_MS ? 1 : failures + 1;
}

/** Wait before the start that follows so many ends in quick succession, in milliseconds: 1 s, 2 s, 4 s … 30 s. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
}
