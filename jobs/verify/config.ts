import { z } from "zod";
import { kafkaSchema, mysqlSchema } from "../core/config";
import { wallTimeMs } from "../core/raw-event";

const wallTime = z
  .string()
  .refine((text) => !Number.isNaN(wallTimeMs(text)), "must be YYYY-MM-DD HH:MM:SS in Seoul's time, a time there is");
const identifier = z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, "must be a lower-case SQL name of at most 48 characters");

const tableSchema = z.strictObject({
  table: identifier,
  column: identifier,
  /** Which of a user's derived columns the table counts by. */
  by: z.enum(["user_name", "age", "dept_name"]),
});

/** Config of the job `verify`. */
export const verifySchema = z.strictObject({
  kafka: kafkaSchema,
  mysql: mysqlSchema,
  topics: z.strictObject({ input: z.string().min(1), output: z.string().min(1), deadLetter: z.string().min(1) }),
  /** Consumer group of enrich. */
  enrichGroupId: z.string().min(1),
  /** Static tables joined by enrich. */
  names: z.array(z.strictObject({ uid: z.int(), name: z.string() })),
  depts: z.array(z.strictObject({ did: z.int(), name: z.string() })),
  /** Tables checked. One that ends in _v2 is checked when a recovery has filled it. */
  tables: z.array(tableSchema).min(1),
  /** The rule by which the stack wants its tables counted: one filled by another rule fails, whatever its rows. */
  window: z.strictObject({
    sizeSeconds: z.int().min(1),
    watermarkSeconds: z.int().min(0),
    /** @default 300 */
    maxAheadSeconds: z.int().min(0).default(300),
  }),
  /** Events before this time are left out, and windows that start before it. @default all */
  from: wallTime.optional(),
  /** Events at or after this time are left out, and windows that end after it. @default all */
  to: wallTime.optional(),
  /** How long the jobs may take to work off what is in the topics when the check begins. @default 120 */
  waitSeconds: z.int().min(0).max(86_400).default(120),
  /** Differing rows printed per check. @default 20 */
  differences: z.int().min(0).max(100_000).default(20),
});

/** The config as it is written; keys with a default may be left out. */
export type VerifyConfig = z.input<typeof verifySchema>;
/** The config as the job sees it. */
export type VerifySettings = z.output<typeof verifySchema>;
