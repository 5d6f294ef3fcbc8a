import { describe, expect, test } from "vitest";
import { formatDriverLine, parseDriverLine, parseLogDate } from "../../../jobs/core/driver-log";
import { carNumber, isSpeeding, reading } from "../../../jobs/drive/cars";

const START = parseLogDate("20260124160000") ?? 0;
const SEED = 1;
const ALL = Array.from({ length: 100 }, (_, car) => car);
const SPEEDING = ALL.filter((car) => isSpeeding(SEED, car));

const speeds = (car: number, from: number, seconds: number): number[] =>
  Array.from({ length: seconds }, (_, second) => Number(reading(SEED, car, from + second).speed));
/** Averages over 30 s, as the rule has them. */
const averages = (car: number, from: number, seconds: number): number[] => {
  const all = speeds(car, from - 29, seconds + 29);
  return all.slice(29).map((_, at) => all.slice(at, at + 30).reduce((sum, speed) => sum + speed, 0) / 30);
};

describe("a fleet", () => {
  test("has three speeding cars in each hundred, and one among any ten already, others with another seed", () => {
    expect(SPEEDING).toHaveLength(3);
    expect(SPEEDING[0]).toBeLessThan(10);
    const next = ALL.map((car) => car + 100).filter((car) => isSpeeding(SEED, car));
    expect(next).toHaveLength(3);
    const others = [2, 3, 4].map((seed) => ALL.filter((car) => isSpeeding(seed, car)));
    expect(others.some((cars) => cars.join() !== SPEEDING.join())).toBe(true);
  });

  test("has cars of distinct numbers that readers take", () => {
    const numbers = Array.from({ length: 20_000 }, (_, car) => carNumber(car));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((number) => /^[A-Z]\d{4,6}$/.test(number))).toBe(true);
    expect(carNumber(10)).toBe("O0010");
  });
});

describe("a reading", () => {
  test("depends on seed, car and second alone", () => {
    expect(reading(SEED, 10, START)).toEqual(reading(SEED, 10, START));
    expect(formatDriverLine(reading(SEED, 10, START))).toMatchInlineSnapshot(`"20260124160000,O0010,2,0,R1,N,61,E09"`);
    expect(reading(2, 10, START)).not.toEqual(reading(SEED, 10, START));
  });

  test("is one that readers take, of every car at any second, and all values come up", () => {
    const seen = new Map<string, Set<string>>();
    for (const car of ALL) {
      for (let second = 0; second < 7200; second += 37) {
        const made = reading(SEED, car, START + second);
        expect(parseDriverLine(formatDriverLine(made))).toEqual({ reading: made });
        for (const [field, value] of Object.entries(made)) seen.set(field, (seen.get(field) ?? new Set()).add(value));
      }
    }
    expect([...(seen.get("speedPedal") ?? [])].sort()).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect([...(seen.get("breakPedal") ?? [])].sort()).toEqual(["0", "1", "2", "3"]);
    expect([...(seen.get("steerAngle") ?? [])].sort()).toEqual(["F", "L1", "L2", "L3", "R1", "R2", "R3"]);
    expect([...(seen.get("directLight") ?? [])].sort()).toEqual(["L", "N", "R"]);
    expect(seen.get("areaNumber")?.size).toBeGreaterThan(50);
  });

  test("is close to the one before: cars neither jump nor stop dead", () => {
    for (const car of ALL) {
      const all = speeds(car, START, 600);
      const steps = all.slice(1).map((speed, at) => Math.abs(speed - (all[at] ?? 0)));
      expect(Math.max(...steps)).toBeLessThan(25);
    }
  });
});

test("a car that is not speeding never shows more than 80, so no average of any of its readings can", () => {
  for (const car of ALL.filter((one) => !SPEEDING.includes(one))) {
    expect(Math.max(...speeds(car, START, 1200))).toBeLessThanOrEqual(72);
  }
});

test("a speeding car's average is above 80 at some time in any three minutes, and below at another", () => {
  for (const car of SPEEDING) {
    for (let from = START; from < START + 1800; from += 61) {
      const found = averages(car, from, 240);
      expect(Math.max(...found)).toBeGreaterThan(80);
      expect(Math.min(...found)).toBeLessThan(80);
    }
  }
});
