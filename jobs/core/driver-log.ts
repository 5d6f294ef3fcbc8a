import { formatSeoulTime, parseSeoulTime } from "./seoul-time";

/** One line of the driver log: a car at a second. Texts are as they stand in the line, for that is what is stored. */
export interface Reading {
  /** `yyyyMMddHHmmss` in Seoul's wall time. */
  readonly date: string;
  /** @example "O0010" */
  readonly carNumber: string;
  /** 0 to 5. */
  readonly speedPedal: string;
  /** 0 to 3. */
  readonly breakPedal: string;
  /** F, L1 to L3 or R1 to R3. */
  readonly steerAngle: string;
  /** N, L or R. */
  readonly directLight: string;
  /** km/h: a whole number or a decimal. */
  readonly speed: string;
  /** A01 to F10. */
  readonly areaNumber: string;
}

/** Why a line is no reading: what its dead letter says. Fields are looked at from left to right, the first wrong one counts. */
export type NoReading =
  | "field-count"
  | "bad-date"
  | "bad-car-number"
  | "bad-speed-pedal"
  | "bad-break-pedal"
  | "bad-steer-angle"
  | "bad-direct-light"
  | "bad-speed"
  | "bad-area-number";

/** A line's reading, or why it has none. */
export type ParsedLine = { readonly reading: Reading } | { readonly reason: NoReading };

const FIELDS = 8;
const CAR = /^[A-Z][0-9]{4,6}$/;
const SPEED_PEDAL = /^[0-5]$/;
const BREAK_PEDAL = /^[0-3]$/;
const STEER_ANGLE = /^(F|[LR][1-3])$/;
const DIRECT_LIGHT = /^[NLR]$/;
/** At most six digits before and after the point: nothing that a double could not tell apart. */
const SPEED = /^[0-9]{1,6}(\.[0-9]{1,6})?$/;
const AREA = /^[A-F](0[1-9]|10)$/;

/** Reads a line without its line break. A ninth field is padding, whatever it holds. */
export function parseDriverLine(line: string): ParsedLine {
  const fields = line.split(",");
  if (fields.length !== FIELDS && fields.length !== FIELDS + 1) return { reason: "field-count" };
  const [date = "", carNumber = "", speedPedal = "", breakPedal = "", steerAngle = "", directLight = ""] = fields;
  const [speed = "", areaNumber = ""] = fields.slice(6);
  // Before 1970 there is no time for a cell, or a record, to have.
  if ((parseLogDate(date) ?? -1) < 0) return { reason: "bad-date" };
  if (!CAR.test(carNumber)) return { reason: "bad-car-number" };
  if (!SPEED_PEDAL.test(speedPedal)) return { reason: "bad-speed-pedal" };
  if (!BREAK_PEDAL.test(breakPedal)) return { reason: "bad-break-pedal" };
  if (!STEER_ANGLE.test(steerAngle)) return { reason: "bad-steer-angle" };
  if (!DIRECT_LIGHT.test(directLight)) return { reason: "bad-direct-light" };
  if (!SPEED.test(speed)) return { reason: "bad-speed" };
  if (!AREA.test(areaNumber)) return { reason: "bad-area-number" };
  return { reading: { date, carNumber, speedPedal, breakPedal, steerAngle, directLight, speed, areaNumber } };
}

/** The line of a reading, without padding and line break. */
export function formatDriverLine(reading: Reading): string {
  const { date, carNumber, speedPedal, breakPedal, steerAngle, directLight, speed, areaNumber } = reading;
  return [date, carNumber, speedPedal, breakPedal, steerAngle, directLight, speed, areaNumber].join(",");
}

/** A line made `bytes` long by a ninth field of letters, which all readers pass over; as it is when it is long enough. */
export function padDriverLine(line: string, bytes: number): string {
  const missing = bytes - line.length - 1; // all of it is ASCII
  return missing > 0 ? `${line},${"x".repeat(missing)}` : line;
}

/** A line without its padding. */
export function unpaddedDriverLine(line: string): string {
  const fields = line.split(",");
  return fields.length === FIELDS + 1 ? fields.slice(0, FIELDS).join(",") : line;
}

/** Seconds since 1970 (UTC) of a `yyyyMMddHHmmss` in Seoul's wall time, or undefined when the calendar or the clock has no such. */
export function parseLogDate(text: string): number | undefined {
  if (!/^[0-9]{14}$/.test(text)) return undefined;
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  return parseSeoulTime(`${day} ${text.slice(8, 10)}:${text.slice(10, 12)}:${text.slice(12)}`);
}

/** `yyyyMMddHHmmss` in Seoul's wall time. Fractions of a second are cut. */
export function formatLogDate(epochSeconds: number): string {
  return formatSeoulTime(epochSeconds).replace(/[-: ]/g, "");
}
