import { z } from "zod";
import { httpSchema, kafkaSchema } from "../core/config";

const share = z.number().min(0).max(1).default(0);

/** Config of the generate job. */
export const generateConfigSchema = z.strictObject({
  kafka: kafkaSchema,
  http: httpSchema,
  /** Topic of raw events. @example "events" */
  topic: z.string().min(1),
  /** The `hello` of every event. */
  hello: z.string(),
  /** Events a second; fractions are allowed. */
  ratePerSecond: z.number().positive().max(1_000_000),
  /** How long events are collected before they are sent together. @default 3000 */
  flushMs: z.int().min(10).max(600_000).default(3_000),
  /** Events kept while Kafka cannot be reached; then none are made until it can. @default 100 000 */
  maxBuffered: z.int().min(1).max(10_000_000).default(100_000),
  /** @default "gzip" */
  compression: z.enum(["none", "gzip", "snappy", "lz4", "zstd"]).default("gzip"),
  /** What tests switch on: shares of all events, 0 to 1. Nothing by default. */
  disorder: z
    .strictObject({
      /** Events followed by a copy of themselves. */
      duplicates: share,
      /** Events whose time lies up to `lateSeconds` back. */
      late: share,
      /** @default 60 */
      lateSeconds: z.int().min(1).default(60),
      /** Events followed by a record that is no event. */
      malformed: share,
      /** Events followed by one with a negative id, which joins no user and no department. */
      nullJoin: share,
      /** The same seed makes the same disorder. @default 1 */
      seed: z.int().default(1),
    })
    .optional(),
});

export type GenerateConfig = z.infer<typeof generateConfigSchema>;
/** The config as it is written: what has a default may be left out. */
export type GenerateConfigInput = z.input<typeof generateConfigSchema>;
