import { z } from "zod";
import { httpSchema, kafkaSchema } from "../core/config";

/** Config of the enrich job. */
export const enrichConfigSchema = z.strictObject({
  kafka: kafkaSchema,
  http: httpSchema,
  topics: z.strictObject({
    /** Raw events. @example "events" */
    input: z.string().min(1),
    /** Enriched events. @example "events_stages" */
    output: z.string().min(1),
    /** Records that are no events. @example "events.dead-letter" */
    deadLetter: z.string().min(1),
  }),
  groupId: z.string().min(1),
  /** Static table of user names, joined on `id % 10`. */
  names: z.array(z.strictObject({ uid: z.int(), name: z.string() })),
  /** Static table of departments, joined on `id % 5`. */
  depts: z.array(z.strictObject({ did: z.int(), name: z.string() })),
  /** Compression of what is written. @default "none" */
  compression: z.enum(["none", "gzip", "snappy", "lz4", "zstd"]).optional(),
  /** Most bytes per partition and fetch, which is also what one transaction works on. @default 256 KiB */
  maxBytesPerPartition: z.int().min(1_000).optional(),
  /** Input partitions worked on at the same time. @default 2 */
  concurrency: z.int().min(1).max(16).optional(),
});

export type EnrichConfig = z.infer<typeof enrichConfigSchema>;
