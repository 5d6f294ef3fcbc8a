import { z } from "zod";
import { kafkaSchema } from "../core/config";
import { formatLogDate, parseLogDate } from "../core/driver-log";
import { hbaseSchema } from "../core/hbase";
import { redisSchema } from "../core/redis";
import { parseSeoulTime } from "../core/seoul-time";
import { directorySchema, webHdfsSchema } from "../core/webhdfs";

/** A second in Seoul as the driver log writes it, `yyyyMMddHHmmss`, or as people do, `YYYY-MM-DD HH:MM:SS`; read as the former. */
const secondSchema = z.string().transform((text, context) => {
  const second = parseLogDate(text) ?? parseSeoulTime(text);
  if (second !== undefined) return formatLogDate(second);
  context.addIssue({ code: "custom", message: "must be yyyyMMddHHmmss or YYYY-MM-DD HH:MM:SS, a time there is" });
  return z.NEVER;
});

/** Config of the job `verify-smartcar`. */
export const verifySmartcarSchema = z
  .strictObject({
    /** The cars' simulator, which knows what they did. @example "http://cars:8080" */
    cars: z.string().regex(/^https?:\/\/[^\s/]+$/, "must be http://host:port without a path"),
    kafka: kafkaSchema,
    hbase: hbaseSchema,
    redis: redisSchema,
    hdfs: webHdfsSchema,
    topics: z.strictObject({ readings: z.string().min(1), deadLetter: z.string().min(1) }),
    /** Table of all readings, and its column family. */
    table: z.strictObject({ name: z.string().min(1), family: z.string().min(1) }),
    /** Directory with a directory `wrk_date=YYYYMMDD` for each day on which status lines were collected. */
    statusLines: directorySchema,
    /** The rule's EPL; of a time for which Redis has noted another, that one counts. */
    rule: z.string().min(1),
    /** How long Redis keeps a day after its last addition. */
    keepSeconds: z.int().min(1),
    /** First second checked, in Seoul. @default the first that the cars still have */
    from: secondSchema.optional(),
    /** Second before which the check ends. @default `settleSeconds` ago */
    to: secondSchema.optional(),
    /** Readings that are younger need not be anywhere yet. @default 60 */
    settleSeconds: z.int().min(0).max(86_400).default(60),
    /** Status files that are younger need not be in HDFS yet: more than a file of HDFS stays open. @default 600 */
    statusSettleSeconds: z.int().min(0).max(86_400).default(600),
    /** How long the pipeline may take to hold what it should when the check begins. @default 120 */
    waitSeconds: z.int().min(0).max(86_400).default(120),
    /** Differences printed. @default 20 */
    differences: z.int().min(0).max(100_000).default(20),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ["from"],
    error: "must be before to",
  });

/** The config as it is written; keys with a default may be left out. */
export type VerifySmartcarConfig = z.input<typeof verifySmartcarSchema>;
/** The config as the job sees it. */
export type VerifySmartcarSettings = z.output<typeof verifySmartcarSchema>;
