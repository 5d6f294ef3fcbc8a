import type { DayPage } from "../jobs/over-speed/pages";
import { age, table } from "./table";

/** A day's speeding cars as people read them. */
export function overSpeedText({ day, cars, strangers, expiresInSeconds, latency }: DayPage): string {
  const rows = cars.map(({ car, count, first, last }) => [car, count, clock(first), clock(last)]);
  const readings = cars.reduce((total, { count }) => total + count, 0);
  const kept = expiresInSeconds === null ? "" : `; Redis forgets the day in ${age(expiresInSeconds)}`;
  const { requests, p50Ms, p99Ms } = latency;
  return [
    ...(rows.length > 0 ? [table(["CAR", "READINGS", "FIRST", "LAST"], rows), ""] : []),
    `${day}: ${cars.length} cars were speeding, at ${readings} readings${kept}`,
    ...(strangers.length > 0 ? [`${strangers.length} members name no car and time: ${strangers[0]} …`] : []),
    ...(requests > 0 ? [`requests: ${requests}, half of them within ${p50Ms} ms, 99 of 100 within ${p99Ms} ms`] : []),
  ].join("\n");
}

/** `HH:MM:SS` of a `yyyyMMddHHmmss`. */
function clock(date: string): string {
  return date.slice(8).replace(/^(..)(..)(..)$/, "$1:$2:$3");
}
