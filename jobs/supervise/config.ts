import { z } from "zod";
import { druidSchema } from "../core/druid";
import { periodSeconds } from "./difference";

/** Days, hours, minutes and seconds, as Druid reads them: `PT1H`. Months have no fixed length. */
const period = z
  .string()
  .regex(/^P(?=\d|T\d)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, "must be an ISO 8601 period of days or less, as PT1H");
const column = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, "is no column name");
const granularity = z.enum([
  "NONE",
  "SECOND",
  "MINUTE",
  "FIVE_MINUTE",
  "FIFTEEN_MINUTE",
  "HOUR",
  "DAY",
  "MONTH",
  "YEAR",
]);

/** A Kafka supervisor spec as Druid takes it, with the keys we use. Druid itself passes over keys it does not know. */
export const supervisorSpecSchema = z
  .strictObject({
    type: z.literal("kafka"),
    spec: z.strictObject({
      dataSchema: z.strictObject({
        dataSource: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, "is no datasource name"),
        timestampSpec: z.strictObject({ column: z.string().min(1), format: z.string().min(1) }),
        transformSpec: z
          .strictObject({
            transforms: z.array(
              z.strictObject({
                type: z.literal("expression"),
                /** A column, or `__time`. */
                name: column.or(z.literal("__time")),
                expression: z.string().min(1),
              }),
            ),
          })
          .optional(),
        dimensionsSpec: z.strictObject({
          dimensions: z
            .array(z.strictObject({ type: z.enum(["string", "long", "float", "double", "json"]), name: column }))
            .min(1),
        }),
        granularitySpec: z.strictObject({
          segmentGranularity: granularity.exclude(["NONE"]),
          queryGranularity: granularity,
          rollup: z.boolean(),
        }),
      }),
      ioConfig: z.strictObject({
        topic: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, "is no topic name"),
        inputFormat: z.strictObject({ type: z.literal("json") }),
        /** Kafka's consumer configuration, as it is written. */
        consumerProperties: z.looseObject({
          "bootstrap.servers": z
            .string()
            .regex(/^[^\s:,]+:\d+(,[^\s:,]+:\d+)*$/, "must be host:port, several with commas"),
          "isolation.level": z.enum(["read_committed", "read_uncommitted"]),
        }),
        /** Tasks that share the partitions. */
        taskCount: z.int().min(1).max(1000),
        /** Tasks that read the same. */
        replicas: z.int().min(1).max(10),
        /** How long a task reads before it publishes and another goes on. Druid counts in minutes: less than one fails every task. */
        taskDuration: period.refine((text) => (periodSeconds(text) ?? 0) >= 60, "must be a minute or more"),
        /** How long publishing may take before the task fails and its records are read again. */
        completionTimeout: period.optional(),
        startDelay: period.optional(),
        /** How often the supervisor looks after its tasks. */
        period: period.optional(),
        /** Where a datasource without data begins: at the topic's start, or at its end. */
        useEarliestOffset: z.boolean(),
      }),
      tuningConfig: z.strictObject({
        type: z.literal("kafka"),
        maxRowsInMemory: z.int().min(1).optional(),
        maxRowsPerSegment: z.int().min(1).optional(),
        intermediatePersistPeriod: period.optional(),
        intermediateHandoffPeriod: period.optional(),
        logParseExceptions: z.boolean().optional(),
        /** Records of a task that may be unreadable before it fails. @default none may stop it */
        maxParseExceptions: z.int().min(0).optional(),
      }),
    }),
    /** Declared, but reading nothing. @default false */
    suspended: z.boolean().default(false),
  })
  .check(({ value, issues }) => {
    const { dimensionsSpec, transformSpec } = value.spec.dataSchema;
    const repeated = (what: string, names: readonly string[]) => {
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice) issues.push({ code: "custom", input: twice, message: `${what} ${twice} is declared twice` });
    };
    repeated(
      "dimension",
      dimensionsSpec.dimensions.map(({ name }) => name),
    );
    repeated(
      "transform",
      (transformSpec?.transforms ?? []).map(({ name }) => name),
    );
  });

export type SupervisorSpec = z.infer<typeof supervisorSpecSchema>;
/** The spec as it is written: what has a default may be left out. */
export type SupervisorSpecInput = z.input<typeof supervisorSpecSchema>;

/** Config of the supervise job. */
export const superviseConfigSchema = z.strictObject({
  druid: druidSchema,
  spec: supervisorSpecSchema,
  /** How long to wait for Druid, and then for the supervisor. @default 600 */
  waitSeconds: z.int().min(1).default(600),
  /** Longest time of all runs of the Job together: what was submitted earlier is another Job's. @default 1320 */
  longestSeconds: z.int().min(1).default(1320),
});

export type SuperviseConfig = z.infer<typeof superviseConfigSchema>;
export type SuperviseConfigInput = z.input<typeof superviseConfigSchema>;
