/**
 * A number from 0 up to 1 that depends on its arguments alone, and looks random: the same drive can be computed again,
 * any second of it without those before.
 */
export function chance(seed: number, ...of: readonly number[]): number {
  let hash = seed | 0;
  for (const number of of) hash = mixed(Math.imul(hash ^ mixed(number | 0), 0x9e3779b1) + 0x7f4a7c15);
  return (hash >>> 0) / 2 ** 32;
}

/** A whole number from `from` to `to`, both included, by {@link chance}. */
export function between(from: number, to: number, luck: number): number {
  return from + Math.floor(luck * (to - from + 1));
}

/**
 * A value that wanders smoothly: it is `at(k)` at every multiple k of `step`, and between two of them goes from one to the other
 * without a kink.
 */
export function wander(second: number, step: number, at: (index: number) => number): number {
  const index = Math.floor(second / step);
  const share = ramp(second / step - index);
  return at(index) * (1 - share) + at(index + 1) * share;
}

/** From 0 to 1 as `share` goes there, slow at both ends. */
export function ramp(share: number): number {
  return (1 - Math.cos(Math.PI * Math.min(1, Math.max(0, share)))) / 2;
}

/** Finalizer of MurmurHash3: every bit of the result depends on every bit of the number. */
function mixed(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
