import { z } from "zod";
import { kafkaSchema, mysqlSchema } from "../core/config";

const identifier = z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, "must be a lower-case SQL name of at most 48 characters");

/** Config of the job `cutover`. */
export const cutoverSchema = z.strictObject({
  kafka: kafkaSchema,
  mysql: mysqlSchema,
  /** Topic both tables are counted from. */
  topic: z.string().min(1),
  /** What readers use; its tables are `<view>_v1` and `<view>_v2`. @default "events_users" */
  view: identifier.default("events_users"),
  /** Table the readers go to. */
  to: z.enum(["v1", "v2"]),
  /** How long v2 may take to count what is in the topic when the check begins. @default 60 */
  waitSeconds: z.int().min(0).max(86_400).default(60),
});

/** The config as it is written; keys with a default may be left out. */
export type CutoverConfig = z.input<typeof cutoverSchema>;
/** The config as the job sees it. */
export type CutoverSettings = z.output<typeof cutoverSchema>;
