import { z } from "zod";
import { httpSchema } from "../core/config";
import { redisSchema } from "../core/redis";

/** Config of the job `over-speed`. */
export const overSpeedSchema = z.strictObject({
  http: httpSchema,
  redis: redisSchema,
});

/** The config as it is written; keys with a default may be left out. */
export type OverSpeedConfig = z.input<typeof overSpeedSchema>;
