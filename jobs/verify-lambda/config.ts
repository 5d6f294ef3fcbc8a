import { z } from "zod";
import { kafkaSchema } from "../core/config";
import { datasourceSchema, druidSchema } from "../core/druid";
import { daySchema } from "../core/seoul-day";
import { directorySchema, webHdfsSchema } from "../core/webhdfs";

/** Config of the job `verify-lambda`. */
export const verifyLambdaSchema = z.strictObject({
  kafka: kafkaSchema,
  druid: druidSchema,
  hdfs: webHdfsSchema,
  /** Raw events in HDFS, in directories `dt=YYYY-MM-DD`. @example "/lambda/events" */
  events: directorySchema,
  topics: z.strictObject({ input: z.string().min(1), deadLetter: z.string().min(1) }),
  datasources: z.strictObject({
    /** What comes from the topic within seconds. @example "events_stages" */
    speed: datasourceSchema,
    /** What the reindex makes of HDFS. @example "events_batch" */
    batch: datasourceSchema,
  }),
  /** Static tables joined by enrich and by the reindex. */
  names: z.array(z.strictObject({ uid: z.int(), name: z.string() })),
  depts: z.array(z.strictObject({ did: z.int(), name: z.string() })),
  /** The day checked, in Seoul. @default every day that HDFS or Druid holds */
  day: daySchema.optional(),
  /** Hours from a day's end until the reindex that follows it is through. @default 2 */
  reindexHours: z.int().min(0).max(48).default(2),
  /** How long HDFS and the speed layer may take to hold what is in the topic when the check begins. @default 120 */
  waitSeconds: z.int().min(0).max(86_400).default(120),
  /** Differences printed. @default 20 */
  differences: z.int().min(0).max(100_000).default(20),
});

/** The config as it is written; keys with a default may be left out. */
export type VerifyLambdaConfig = z.input<typeof verifyLambdaSchema>;
/** The config as the job sees it. */
export type VerifyLambdaSettings = z.output<typeof verifyLambdaSchema>;
