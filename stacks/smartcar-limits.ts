import { dataMiB } from "../components/redis/redis-conf";
import type { SmartCarSettings } from "./settings";
import type { Size } from "./sizes";

/** How long driver logs stay on the cars' volume after Flume has read them: what a check can look back on. */
export const KEEP_LOG_HOURS = 1;
/** A log is removed an hour's file at a time, when all of it is old enough and read. */
const LOG_HOURS = KEEP_LOG_HOURS + 2;
/** Share of the cars' volume for driver logs and status files; the rest is for Flume's channels. */
const LOG_SHARE = 0.6;
/** Lines of a status file of a minute, with which a day has about the sources' 2.2 million. */
const USUAL_STATUS_LINES = 1500;
/** Length of a driver log line that is not padded, with its line break. */
const LINE_BYTES = 52;
/** Longest status line. */
const STATUS_LINE_BYTES = 50;
/** Of a hundred cars those with spells of speeding, and how much of the time the rule holds for them. */
const SPEEDING_OF_A_HUNDRED = 3;
const SPEEDING_SHARE = 0.37;
/** What Redis needs for a member of a day's set. */
const MEMBER_BYTES = 80;
const MIB = 1024 ** 2;

type Cars = Pick<SmartCarSettings, "cars" | "statusFiles">;

/** What driver logs and status files may take on the cars' volume, MiB. */
export function logMiB({ cars }: Pick<Size, "cars">): number {
  return Math.floor(cars.flume.storageGiB * 1024 * LOG_SHARE);
}

/** Lines of one status file. */
export function statusFileLines(settings: Cars): number {
  return settings.statusFiles.lines ?? Math.min(USUAL_STATUS_LINES, mostStatusLines(settings));
}

function mostStatusLines({ cars, statusFiles }: Cars): number {
  return cars * statusFiles.everySeconds;
}

/** A setting with which the cars could not drive for long. */
export interface Impossible {
  /** Key below `smartcar`. */
  readonly key: string;
  readonly given: number;
  readonly allowed: string;
}

/** What of the settings cannot work in a size; undefined when all of it can. */
export function smartcarProblem(
  settings: SmartCarSettings,
  size: Pick<Size, "cars" | "redis">,
): Impossible | undefined {
  const { cars, readingBytes, statusFiles } = settings;
  const { lines = 0 } = statusFiles;
  if (lines > mostStatusLines(settings)) {
    return {
      key: "statusFiles.lines",
      given: lines,
      allowed: `at most ${mostStatusLines(settings)}, one for each car and second`,
    };
  }
  const statusMiB = (2 * statusFileLines(settings) * STATUS_LINE_BYTES) / MIB;
  const volume = logMiB(size);
  if (statusMiB > volume) {
    const most = Math.floor((volume * MIB) / (2 * STATUS_LINE_BYTES));
    return {
      key: "statusFiles.lines",
      given: lines,
      allowed: `at most ${most}, of which two files fit the cars' volume`,
    };
  }
  const bytes = Math.max(LINE_BYTES, readingBytes + 1);
  const most = Math.floor(((volume - statusMiB) * MIB) / (LOG_HOURS * 3600 * bytes));
  if (cars > most) {
    const length = readingBytes > 0 ? ` of ${readingBytes} bytes (readingBytes)` : "";
    return {
      key: "cars",
      given: cars,
      allowed: `at most ${most} with readings${length}: the cars' volume keeps ${LOG_HOURS} hours of their logs`,
    };
  }
  return redisProblem(settings, size);
}

/**
 * Sets that Redis must hold at once are those of the hours they are kept after their last addition, and the day before that.
 * Of the simulator's cars three in a hundred are speeding, about a third of the time.
 */
function redisProblem({ cars, keepHours }: SmartCarSettings, { redis }: Pick<Size, "redis">): Impossible | undefined {
  const bytesAnHour = (count: number) =>
    Math.ceil((count / 100) * SPEEDING_OF_A_HUNDRED) * SPEEDING_SHARE * 3600 * MEMBER_BYTES;
  const room = dataMiB(redis.memoryMiB, redis.servers > 1) * MIB;
  const most = Math.floor(room / bytesAnHour(cars)) - 24;
  if (keepHours <= most) return undefined;
  if (most < 1) {
    const mostCars = Math.floor(room / (25 * bytesAnHour(100))) * 100;
    return { key: "cars", given: cars, allowed: `at most ${mostCars}, of which Redis has room for keepHours of 1` };
  }
  return {
    key: "keepHours",
    given: keepHours,
    allowed: `at most ${most}, for which Redis has room with ${cars} cars`,
  };
}
