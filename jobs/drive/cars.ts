import { formatLogDate, type Reading } from "../core/driver-log";
import { between, chance, ramp, wander } from "./chance";

/** Slowest and fastest of a car that keeps to the limit of 80 km/h, at the points between which its speed wanders. */
const SLOWEST = 12;
const FASTEST = 72;
const SPEED_STEP = 20;
/** Of each hundred cars the speeding ones, one from each of these ranges, so that ten cars have one among them already. */
const SPEEDING_RANGES = [
  [0, 9],
  [10, 49],
  [50, 99],
] as const;
/** A speeding car has one spell in each period; it is at its top for at least 40 s of it. */
const PERIOD = 180;
const RAMP = 10;
/** What numbers drawn for different purposes are kept apart by. */
enum Draw {
  Speed,
  Speeding,
  Phase,
  SpellStart,
  SpellLength,
  SpellTop,
  Steer,
  AreaLetter,
  AreaNumber,
}

/** The number of a car by its index, from 0 on. @example 10 is "O0010" */
export function carNumber(index: number): string {
  return `${String.fromCharCode(65 + ((index + 4) % 26))}${String(index).padStart(4, "0")}`;
}

/** Whether a car has spells of speeding. All others stay so far below 80 km/h that no average of theirs can be above it. */
export function isSpeeding(seed: number, car: number): boolean {
  const hundred = Math.floor(car / 100);
  return SPEEDING_RANGES.some(
    ([from, to], range) => car % 100 === between(from, to, chance(seed, Draw.Speeding, hundred, range)),
  );
}

/**
 * What a car writes at a second: depends on its arguments alone. A speeding car is above 90 km/h for 40 s and more in every
 * three minutes, so its average over 30 s is above 80 in each of them.
 */
export function reading(seed: number, car: number, second: number): Reading {
  const speed = speedAt(seed, car, second);
  const gain = speedAt(seed, car, second + 1) - speed;
  const steer = Math.round(3.49 * wander(second, 7, (k) => (2 * chance(seed, Draw.Steer, car, k) - 1) ** 3));
  const column = Math.round(wander(second, 300, (k) => 5 * chance(seed, Draw.AreaLetter, car, k)));
  const row = Math.round(1 + wander(second, 300, (k) => 9 * chance(seed, Draw.AreaNumber, car, k)));
  return {
    date: formatLogDate(second),
    carNumber: carNumber(car),
    speedPedal: String(gain < -0.5 ? 0 : Math.min(5, Math.max(0, Math.round(speed / 30 + gain)))),
    breakPedal: String(gain < -0.5 ? Math.min(3, Math.ceil(-gain / 1.5)) : 0),
    steerAngle: steer === 0 ? "F" : `${steer < 0 ? "L" : "R"}${Math.abs(steer)}`,
    directLight: steer <= -2 ? "L" : steer >= 2 ? "R" : "N",
    speed: String(Math.round(speed)),
    areaNumber: `${String.fromCharCode(65 + column)}${String(row).padStart(2, "0")}`,
  };
}

function speedAt(seed: number, car: number, second: number): number {
  const usual = wander(second, SPEED_STEP, (k) => SLOWEST + (FASTEST - SLOWEST) * chance(seed, Draw.Speed, car, k));
  if (!isSpeeding(seed, car)) return usual;
  const shifted = second + between(0, PERIOD - 1, chance(seed, Draw.Phase, car));
  const period = Math.floor(shifted / PERIOD);
  const luck = (draw: Draw) => chance(seed, draw, car, period);
  const since = (shifted % PERIOD) - between(0, 59, luck(Draw.SpellStart));
  const length = between(60, 100, luck(Draw.SpellLength));
  if (since <= 0 || since >= length) return usual;
  const share = Math.min(ramp(since / RAMP), ramp((length - since) / RAMP));
  return usual * (1 - share) + between(95, 120, luck(Draw.SpellTop)) * share;
}
