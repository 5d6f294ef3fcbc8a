import { z } from "zod";
import { datasourceSchema, druidSchema } from "../core/druid";
import { daySchema } from "../core/seoul-day";
import { directorySchema, webHdfsSchema } from "../core/webhdfs";

/** Config of the job `reindex`. */
export const reindexSchema = z
  .strictObject({
    druid: druidSchema,
    hdfs: webHdfsSchema,
    /** Raw events, in directories `dt=YYYY-MM-DD`. @example "/lambda/events" */
    events: directorySchema,
    /** Where lines that are no events are kept, in directories of the same names. @example "/lambda/malformed" */
    malformed: directorySchema,
    /** What is replaced, day by day. @default "events_batch" */
    datasource: datasourceSchema.default("events_batch"),
    /** What the lines of the files were found to be; how many of which kind, file by file. @default "events_lines" */
    findings: datasourceSchema.default("events_lines"),
    /** Static table of user names, joined on `id % 10`. */
    names: z.array(z.strictObject({ uid: z.int(), name: z.string() })),
    /** Static table of departments, joined on `id % 5`. */
    depts: z.array(z.strictObject({ did: z.int(), name: z.string() })),
    /** First day, in Seoul. @default the day before this one */
    day: z.union([z.literal("yesterday"), daySchema]).default("yesterday"),
    /** Last day of a range. @default `day` */
    to: daySchema.optional(),
    /** Druid tasks that read at the same time; for more than 10 000 files each there are more. @default 1 */
    workers: z.int().min(1).max(1_000).default(1),
    /** @default 3 000 000 */
    rowsPerSegment: z.int().min(1_000).default(3_000_000),
    /** How long to wait until no file of a day that is over is still being written. @default 300 */
    settleSeconds: z.int().min(0).default(300),
    /** How long one Druid task may take. @default 7200 */
    taskSeconds: z.int().min(1).default(7_200),
    /** How long Druid may take to load what was written. @default 300 */
    loadSeconds: z.int().min(1).default(300),
  })
  .refine(({ day, to }) => to === undefined || (day !== "yesterday" && to >= day), {
    path: ["to"],
    message: "must be day or later",
  });

/** The config as it is written; keys with a default may be left out. */
export type ReindexConfig = z.input<typeof reindexSchema>;
/** The config as the job sees it. */
export type ReindexSettings = z.output<typeof reindexSchema>;
