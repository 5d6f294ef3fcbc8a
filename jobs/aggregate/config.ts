import { z } from "zod";
import { httpSchema, kafkaSchema, mysqlSchema } from "../core/config";

const identifier = z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, "must be a lower-case SQL name of at most 48 characters");

/** One table that is filled: which field of the records is counted by, and in which column it is shown. */
const tableSchema = z.strictObject({
  table: identifier,
  /** Column of the key, e.g. `user_name`. */
  column: identifier,
  /** Field of the record, e.g. `user_name`. */
  field: z.string().min(1),
  /** `text`: a string of at most 64 characters; `integer`: a whole number of 32 bits. @default "text" */
  type: z.enum(["text", "integer"]).default("text"),
});

const windowSchema = z.strictObject({
  /** Length of the tumbling windows. */
  sizeSeconds: z
    .int()
    .min(1)
    .max(31 * 86_400),
  /** How late a record may be, against the newest event of its own source partition, and still be counted. */
  watermarkSeconds: z
    .int()
    .min(0)
    .max(366 * 86_400),
  /** A window stays in memory for at most this much event time longer because a source is silent. @default 60 */
  idleSeconds: z
    .int()
    .min(0)
    .max(366 * 86_400)
    .default(60),
});

const modeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("follow") }),
  z.strictObject({
    kind: z.literal("recover"),
    /** Names this recovery. The same name again resumes it, a new one starts anew. @default the name of the Kubernetes Job */
    id: z.string().min(1).max(128).optional(),
    /** Whether to go on with new records after the frozen end offsets; otherwise the job ends there. @default true */
    follow: z.boolean().default(true),
    /** Least `window.watermarkSeconds`: with less than v1's own, the recovery would lose what v1 has counted. @default 0 */
    leastWatermarkSeconds: z.int().min(0).default(0),
  }),
]);

/** Config of the job `aggregate`, which is also the job `recover`. */
export const aggregateSchema = z
  .strictObject({
    kafka: kafkaSchema,
    http: httpSchema,
    mysql: mysqlSchema,
    /** Topic read; partitioned by the user. */
    topic: z.string().min(1),
    /** Topic for records that cannot be counted. */
    deadLetter: z.string().min(1),
    groupId: z.string().min(1),
    window: windowSchema,
    tables: z.array(tableSchema).min(1),
    /** Longest time between two writes to MySQL while records come. @default 1000 */
    flushMs: z.int().min(10).max(600_000).default(1_000),
    /** An event time further ahead of its record's Kafka timestamp goes to the dead-letter topic. @default 300 */
    maxAheadSeconds: z
      .int()
      .min(0)
      .max(366 * 86_400)
      .default(300),
    mode: modeSchema.default({ kind: "follow" }),
  })
  .superRefine((config, context) => {
    const names = config.tables.map((table) => table.table);
    if (new Set(names).size < names.length)
      context.addIssue({ code: "custom", path: ["tables"], message: "a table is named twice" });
    if (config.mode.kind === "recover" && names.length > 1) {
      context.addIssue({ code: "custom", path: ["tables"], message: "recover fills one table at a time" });
    }
    if (config.mode.kind === "recover" && config.window.watermarkSeconds < config.mode.leastWatermarkSeconds) {
      context.addIssue({
        code: "custom",
        path: ["window", "watermarkSeconds"],
        message: `must be at least that of the tables in use, ${config.mode.leastWatermarkSeconds}, or the recovery would lose what they have counted`,
      });
    }
    config.tables.forEach((table, index) => {
      const path = ["tables", index, "table"];
      const v2 = table.table.endsWith("_v2");
      if (config.mode.kind === "recover" && !v2) {
        context.addIssue({
          code: "custom",
          path,
          message: `recover writes tables that end in _v2 and no others, got ${table.table}`,
        });
      }
      if (config.mode.kind === "follow" && v2) {
        context.addIssue({ code: "custom", path, message: `${table.table} is filled by recover alone` });
      }
      if (["start", "end", "count", "late", "partition_id"].includes(table.column)) {
        context.addIssue({
          code: "custom",
          path: ["tables", index, "column"],
          message: `${table.column} is a column of every table`,
        });
      }
    });
  });

/** The config as it is written; keys with a default may be left out. */
export type AggregateConfig = z.input<typeof aggregateSchema>;
/** The config as the job sees it, defaults filled in. */
export type AggregateSettings = z.output<typeof aggregateSchema>;
/** One table of the config, defaults filled in. */
export type AggregateTable = AggregateSettings["tables"][number];
