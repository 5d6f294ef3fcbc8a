import { z } from "zod";
import { kafkaSchema } from "../core/config";

/** Config of the topics job. */
export const topicsConfigSchema = z.strictObject({
  kafka: kafkaSchema,
  topics: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, "is no topic name"),
        partitions: z.int().min(1).max(10_000),
        replicationFactor: z.int().min(1).max(10),
        /** Kafka's topic configuration, as it is written. @example { "retention.ms": "604800000" } */
        configs: z.record(z.string(), z.string()).default({}),
      }),
    )
    .min(1),
  /** How long to wait for the brokers. @default 600 */
  waitSeconds: z.int().min(1).default(600),
});

export type TopicsConfig = z.infer<typeof topicsConfigSchema>;
/** The config as it is written: what has a default may be left out. */
export type TopicsConfigInput = z.input<typeof topicsConfigSchema>;
