/** A status file of the cars, as its maker notes it and serves it at `/status-files`. */
export interface StatusFile {
  /** @example "car-status-20260124160000.log" */
  readonly name: string;
  /** Day of its lines in Seoul, `yyyyMMdd`. @example "20260124" */
  readonly day: string;
  /** What its lines are dated: from this `yyyyMMddHHmmss` on … */
  readonly from: string;
  /** … up to before this one, where the next file begins. */
  readonly to: string;
  /** All lines of it. */
  readonly lines: number;
  /** Those of them that do not begin with a date. */
  readonly garbage: number;
  readonly bytes: number;
}

/** A status file and where it is: the answer of `/status-files` is a list of these, oldest first. */
export interface ServedStatusFile extends StatusFile {
  /** Whether the collector has not yet taken all of it. */
  readonly waiting: boolean;
}

/** The seconds of which there are readings: the answer of `/driver-log/range`. Both undefined before the first reading. */
export interface DriverLogRange {
  /** `yyyyMMddHHmmss`. */
  readonly oldest?: string | undefined;
  /** The last second that is complete. */
  readonly newest?: string | undefined;
}
