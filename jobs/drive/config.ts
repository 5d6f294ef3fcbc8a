import { z } from "zod";
import { httpSchema } from "../core/config";

const path = z.string().regex(/^(\/[A-Za-z0-9._-]+)+$/, "must be an absolute path");
/** Longest driver log line that Kafka takes with its default settings, with room for the rest of its record. */
const LONGEST_LINE = 500_000;
/** About what a line of a status file takes. */
export const STATUS_LINE_BYTES = 50;
const MIB = 1024 ** 2;

/** Config of the drive job, which simulates cars. */
export const driveConfigSchema = z
  .strictObject({
    http: httpSchema,
    /** Each writes one reading a second. */
    cars: z.int().min(1).max(20_000),
    /** The same seed makes the same drives. @default 1 */
    seed: z.int().min(0).max(0xffffffff).default(1),
    /** Length each line is padded to; 0 leaves it as short as it is. @default 0 */
    readingBytes: z.int().min(0).max(LONGEST_LINE).default(0),
    /** How long driver logs stay after they were read. */
    keepHours: z
      .number()
      .positive()
      .max(24 * 366),
    /** What driver logs and status files may take together; the cars stand still while it is used up. */
    maxMiB: z.int().min(1),
    status: z.strictObject({
      /** Lines of a file, garbage included. @example 2200000 */
      lines: z.int().min(1).max(10_000_000),
      /** A file is made at the end of each such interval, which begin at Seoul's midnight. @example 86400 */
      everySeconds: z.int().min(1).max(86_400),
      /** Share of its lines that do not begin with a date, 0 to 1. @default 0 */
      garbageShare: z.number().min(0).max(1).default(0),
    }),
    directories: z.strictObject({
      /** Gets `driver-YYYYMMDDHH.log`. */
      driverLogs: path,
      /** Gets status files when they are complete. */
      statusSpool: path,
      /** The job's own; on the same volume as the spool directory. */
      state: path,
      /** File in which Flume says how far it has read each driver log. */
      positions: path,
    }),
  })
  .refine(({ cars, status }) => status.lines <= cars * status.everySeconds, {
    path: ["status", "lines"],
    error: "must be at most cars × everySeconds: a car has at most one line a second",
  })
  .refine(({ maxMiB, status }) => 2 * status.lines * STATUS_LINE_BYTES <= maxMiB * MIB, {
    path: ["maxMiB"],
    error: "must hold at least two status files",
  });

export type DriveConfig = z.infer<typeof driveConfigSchema>;
/** The config as it is written: what has a default may be left out. */
export type DriveConfigInput = z.input<typeof driveConfigSchema>;
