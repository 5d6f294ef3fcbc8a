import { z } from "zod";
import { kafkaSchema, mysqlSchema } from "../core/config";
import { datasourceSchema, druidSchema } from "../core/druid";
import { daySchema } from "../core/seoul-day";
import { directorySchema, webHdfsSchema } from "../core/webhdfs";

const identifier = z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, "must be a lower-case SQL name of at most 48 characters");
const notebookTable = identifier.regex(/^notebook_/, "must be a table of the notebooks, notebook_…");

const rangesSchema = z.array(z.strictObject({ partition: z.int().min(0), first: z.int().min(0), end: z.int().min(0) }));

/** What a comparison is about, frozen before Spark runs, so that both sides are asked for the same records. */
const planSchema = z.strictObject({
  /** Header `run` of the records that notebook 1 writes for this comparison. */
  run: z.string().regex(/^[a-z0-9-]{1,64}$/, "must be lower-case letters, digits and dashes"),
  /** Filled by notebook 2 for this comparison, and gone after it. Undefined where there is nothing to aggregate. */
  table: notebookTable.optional(),
  /** Raw events that are compared. */
  input: rangesSchema,
  /** Enriched events from which windows are counted. */
  stages: rangesSchema,
  /** Where the records of this run begin in the notebooks' topic; `end` says nothing. */
  spark: rangesSchema,
  /** Day whose rows are compared. */
  day: daySchema.optional(),
});

/** What the jobs and Spark may be compared in. */
export const PARTS = ["enrich", "aggregate", "batch"] as const;

/** Config of the job `agree`. */
export const agreeSchema = z
  .strictObject({
    kafka: kafkaSchema,
    topics: z.strictObject({
      input: z.string().min(1),
      output: z.string().min(1),
      deadLetter: z.string().min(1),
      /** What notebook 1 writes. @example "notebook.events_stages" */
      spark: z.string().min(1),
    }),
    /** Consumer group of enrich. */
    enrichGroupId: z.string().min(1),
    /** Static tables joined by enrich and by notebook 1. */
    names: z.array(z.strictObject({ uid: z.int(), name: z.string() })),
    depts: z.array(z.strictObject({ did: z.int(), name: z.string() })),
    /** Windows counted by the job `aggregate` and by notebook 2. @default there are none */
    aggregate: z
      .strictObject({
        mysql: mysqlSchema,
        ours: identifier,
        /** Names of the tables that notebook 2 fills for comparisons begin so, each with a stamp behind it. */
        spark: notebookTable.max(24),
        window: z.strictObject({
          sizeSeconds: z.int().min(1),
          watermarkSeconds: z.int().min(0),
          /** @default 300 */
          maxAheadSeconds: z.int().min(0).default(300),
        }),
      })
      .optional(),
    /** A day's rows, by the reindex and by notebook 4. @default there are none */
    batch: z
      .strictObject({
        druid: druidSchema,
        hdfs: webHdfsSchema,
        datasource: datasourceSchema,
        /** Raw events in HDFS. @example "/lambda/events" */
        events: directorySchema,
        /** What notebook 4 writes, in directories `dt=YYYY-MM-DD`. @example "/lambda/notebook/events_batch" */
        rows: directorySchema,
      })
      .optional(),
    /** What is compared. @default ["enrich"] */
    parts: z.array(z.enum(PARTS)).min(1).default(["enrich"]),
    /** What a run before this one froze; without it this run freezes one, prints it as its last line and ends. */
    plan: planSchema.optional(),
    /** Only removes what a comparison that was broken off has left, by its plan. @default false */
    clean: z.boolean().default(false),
    /** About so many of the newest records of each topic are compared. @default 100 000 */
    records: z.int().min(1).max(2_000_000).default(100_000),
    /** The day compared, in Seoul. @default the newest day that has ended and was reindexed */
    day: daySchema.optional(),
    /** How long the jobs may take to work off what is compared. @default 300 */
    waitSeconds: z.int().min(0).max(86_400).default(300),
    /** Differences printed. @default 20 */
    differences: z.int().min(0).max(1_000).default(20),
  })
  .superRefine(({ parts, aggregate, batch, plan, clean }, context) => {
    if (clean && plan === undefined) {
      context.addIssue({ code: "custom", path: ["clean"], message: "clean needs the key plan" });
    }
    for (const [part, there] of [
      ["aggregate", aggregate],
      ["batch", batch],
    ] as const) {
      if (parts.includes(part) && there === undefined) {
        context.addIssue({ code: "custom", path: ["parts"], message: `${part} needs the key ${part}` });
      }
    }
  });

/** The config as it is written; keys with a default may be left out. */
export type AgreeConfig = z.input<typeof agreeSchema>;
/** The config as the job sees it. */
export type AgreeSettings = z.output<typeof agreeSchema>;
export type Plan = z.output<typeof planSchema>;
