import type { SupervisorSpecInput } from "../../jobs/supervise/config";

type Dimension = SupervisorSpecInput["spec"]["dataSchema"]["dimensionsSpec"]["dimensions"][number];

/** What enriched events are in Druid besides `__time`, in the order of their JSON. `time` itself is `__time`. */
export const EVENT_DIMENSIONS: readonly Dimension[] = [
  { type: "long", name: "user_id" },
  { type: "string", name: "user_name" },
  { type: "string", name: "dept_name" },
  { type: "string", name: "gender" },
  { type: "long", name: "age" },
  { type: "string", name: "hello" },
  { type: "long", name: "id" },
];

const TIME_FORMAT = "yyyy-MM-dd HH:mm:ss";

export interface EventsSupervisorArgs {
  /** Topic of enriched events. */
  readonly topic: string;
  readonly dataSource: string;
  /** `host:port` of Kafka, several with commas between them. */
  readonly bootstrapServers: string;
  /** Tasks that share the partitions. @default 1 */
  readonly taskCount?: number;
  /** Tasks that read the same partitions, so that queries see all while one of them is replaced. @default 1 */
  readonly replicas?: number;
  /** How long a task reads before its segments are published. @default "PT1H" */
  readonly taskDuration?: string;
  /** Rows a task keeps on its heap before it writes them to its volume. @default 50 000 */
  readonly maxRowsInMemory?: number;
}

/**
 * Supervisor of enriched events: one row for each committed record, by the hour of the event. Event times are wall time of
 * Seoul, nine hours ahead of UTC in every year, as enrich reads them; the transform does the same, over what the timestampSpec (which knows no time zone) made of them.
 */
export function eventsSupervisor(args: EventsSupervisorArgs): SupervisorSpecInput {
  const { topic, dataSource, bootstrapServers, taskCount = 1, replicas = 1, taskDuration = "PT1H" } = args;
  return {
    type: "kafka",
    spec: {
      dataSchema: {
        dataSource,
        timestampSpec: { column: "time", format: TIME_FORMAT },
        transformSpec: {
          transforms: [
            {
              type: "expression",
              name: "__time",
              expression: `timestamp_parse("time", '${TIME_FORMAT}', '+09:00')`,
            },
          ],
        },
        dimensionsSpec: { dimensions: [...EVENT_DIMENSIONS] },
        granularitySpec: { segmentGranularity: "HOUR", queryGranularity: "NONE", rollup: false },
      },
      ioConfig: {
        topic,
        inputFormat: { type: "json" },
        consumerProperties: { "bootstrap.servers": bootstrapServers, "isolation.level": "read_committed" },
        taskCount,
        replicas,
        taskDuration,
        useEarliestOffset: true,
      },
      tuningConfig: {
        type: "kafka",
        maxRowsInMemory: args.maxRowsInMemory ?? 50_000,
        logParseExceptions: true,
      },
    },
  };
}
