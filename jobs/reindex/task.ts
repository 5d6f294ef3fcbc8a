import { createHash } from "node:crypto";
import type { Druid } from "../core/druid";
import { intervalOf, startOfDay } from "../core/seoul-day";

/** One statement, to be run for one day. */
export interface Ingestion {
  readonly day: string;
  readonly datasource: string;
  readonly sql: string;
  /**
   * What a day's two statements read and make, whatever their spelling. Both have the same one, so that tasks which
   * belong together are known by their ids; two tasks of one datasource and the same fingerprint write the same rows.
   */
  readonly fingerprint: string;
  /** Columns written, as SQL types. */
  readonly columns: Readonly<Record<string, "TIMESTAMP" | "BIGINT" | "VARCHAR">>;
  readonly workers: number;
  readonly rowsPerSegment: number;
}

/** What Druid's planner makes of a statement. */
interface Plan {
  readonly query: { readonly context?: Readonly<Record<string, unknown>> };
  readonly columnMappings: readonly { readonly queryColumn: string; readonly outputColumn: string }[];
}

const HOUR_MS = 3_600_000;
/** Rows of one frame and those of the one before it must fit; see Druid's WindowOperatorQueryFrameProcessor. */
const ROWS_IN_WINDOW = 60_000;
const ROWS_IN_MEMORY = 50_000;
const NATIVE_TYPES = { TIMESTAMP: "LONG", BIGINT: "LONG", VARCHAR: "STRING" } as const;

/** A short name for what a statement does. */
export function fingerprintOf(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 12);
}

/** What the id of a task says about it. */
export interface TaskName extends Pick<Ingestion, "datasource" | "day" | "fingerprint"> {
  /** How many tasks there were of the same datasource, day and fingerprint, this one included. */
  readonly attempt: number;
}

export function idOf({ datasource, day, fingerprint, attempt }: TaskName): string {
  return `reindex_${datasource}_${day}_${fingerprint}_${attempt}`;
}

/** Reads an id; undefined when it is none of a reindex's task. Those of a task's workers are longer. */
export function nameOf(id: string): TaskName | undefined {
  const [, datasource, day, fingerprint, attempt] =
    /^reindex_([a-z][a-z0-9_]*)_(\d{4}-\d\d-\d\d)_([0-9a-f]+)_(\d+)$/.exec(id) ?? [];
  if (datasource === undefined || day === undefined || fingerprint === undefined) return undefined;
  return { datasource, day, fingerprint, attempt: Number(attempt) };
}

/** Has Druid plan the statement, and makes the task that runs the plan. */
export async function planTask(druid: Pick<Druid, "post">, ingestion: Ingestion, attempt: number): Promise<object> {
  const answer = await druid.post<readonly { PLAN?: string }[]>("/druid/v2/sql/task", {
    query: `EXPLAIN PLAN FOR ${ingestion.sql}`,
    context: { ...context(ingestion), useNativeQueryExplain: true },
  });
  const [plan, ...others] = JSON.parse(answer[0]?.PLAN ?? "[]") as Plan[];
  if (!plan || others.length > 0)
    throw new Error(`Druid planned ${others.length} queries instead of one for ${idOf({ ...ingestion, attempt })}`);
  return taskOf(ingestion, plan, attempt);
}

/**
 * The task. SQL knows UTC's days only, so the statement is planned by hours and its segments cut otherwise here: the
 * controller makes one segment interval of the Seoul day, for which its granularity begins at 15:00 UTC; the workers, which
 * take no such origin, sort every row of the day into one bucket by a period that is as long as the day's start lies after
 * 1970. Rows of other days must not come; the statement leaves them out.
 */
export function taskOf(ingestion: Ingestion, plan: Plan, attempt: number): object {
  const { day, datasource, sql, columns, workers, rowsPerSegment } = ingestion;
  const hours = startOfDay(day) / HOUR_MS;
  const period = (length: string, origin: string | null) => ({
    type: "period",
    period: length,
    timeZone: "UTC",
    origin,
  });
  const types = plan.columnMappings.map(({ outputColumn }) => {
    const type = Object.hasOwn(columns, outputColumn) ? columns[outputColumn] : undefined;
    if (type === undefined) throw new Error(`Druid planned a column ${outputColumn} for ${datasource}`);
    return type;
  });
  return {
    type: "query_controller",
    id: idOf({ ...ingestion, attempt }),
    spec: {
      query: {
        ...plan.query,
        context: {
          ...plan.query.context,
          ...context(ingestion),
          finalize: true,
          sqlInsertSegmentGranularity: JSON.stringify(period(`PT${hours}H`, null)),
        },
      },
      columnMappings: plan.columnMappings,
      destination: {
        type: "dataSource",
        dataSource: datasource,
        segmentGranularity: period("P1D", "1969-12-31T15:00:00.000Z"),
        replaceTimeChunks: [intervalOf(day)],
      },
      assignmentStrategy: "max",
      tuningConfig: { maxNumWorkers: workers, maxRowsInMemory: ROWS_IN_MEMORY, rowsPerSegment },
    },
    sqlQuery: sql,
    sqlQueryContext: context(ingestion),
    sqlTypeNames: types,
    nativeTypeNames: types.map((type) => NATIVE_TYPES[type]),
    context: {},
  };
}

function context({ workers, rowsPerSegment }: Ingestion): Readonly<Record<string, unknown>> {
  return {
    maxNumTasks: workers + 1,
    rowsPerSegment,
    finalizeAggregations: true,
    maxRowsMaterializedInWindow: ROWS_IN_WINDOW,
    windowFunctionOperatorTransformation: true,
    // A string with U+0000 would fail the task; events have no use for it.
    removeNullBytes: true,
  };
}
