import type { Reading } from "./driver-log";

/** Columns of the table of readings, in the order of the fields of a line. */
export const READING_COLUMNS: readonly (readonly [column: string, field: keyof Reading])[] = [
  ["date", "date"],
  ["car_number", "carNumber"],
  ["speed_pedal", "speedPedal"],
  ["break_pedal", "breakPedal"],
  ["steer_angle", "steerAngle"],
  ["direct_light", "directLight"],
  ["speed", "speed"],
  ["area_number", "areaNumber"],
];

/** What the keys of all rows of a second begin with: its date from behind. @param date `yyyyMMddHHmmss` */
export function secondPrefix(date: string): string {
  return `${[...date].reverse().join("")}-`;
}

/** Row key of a reading. */
export function rowKey({ date, carNumber }: Pick<Reading, "date" | "carNumber">): string {
  return `${secondPrefix(date)}${carNumber}`;
}
