import { BATCH, FINDINGS, RAW_EVENTS, SPEED } from "../stacks/lambda-names";
import { type DruidReader, druidReader } from "./druid-sql";
import { hdfsReader } from "./hdfs-files";
import { lookAtDirectory } from "./hdfs-status";
import type { ApiReader } from "./kube";
import { seoulDay } from "./seoul-time";
import { STALE_SECONDS } from "./status";
import { lookAtStores, type StoreRow } from "./store-row";

const DAY_MS = 86_400_000;

/** Druid's status of a supervisor, as far as it is read here. */
export interface SupervisorStatus {
  readonly payload: {
    readonly state: string;
    readonly detailedState?: string;
    readonly healthy?: boolean;
    readonly suspended?: boolean;
    readonly aggregateLag?: number;
  };
}

/** The newest segments of a datasource, by their version, which is when they were made. */
export interface NewestSegments {
  readonly version: string;
  readonly start: string;
  readonly rows: number;
}

/** The newest task that wrote a datasource. */
export interface NewestTask {
  readonly status: string;
  readonly created: string;
  readonly error: string | null;
}

/** A Job as the cluster has it, as far as it is read here. */
export interface JobObject {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime: string;
    }[];
  };
}

/** What kubectl and the lab write on a Job that people make of a CronJob; its owner is the CronJob all the same. */
const MADE_BY_PEOPLE = "cronjob.kubernetes.io/instantiate";

/** A nightly reindex that has failed for good. */
export interface FailedNight {
  readonly job: string;
  /** When it failed, ISO 8601. */
  readonly at: string;
  /** The day it was to replace: the one before, in Seoul. */
  readonly day: string;
}

/** The newest Job that the clock made of a CronJob, if that has failed. */
export function failedNight(jobs: readonly JobObject[], cronJob: string): FailedNight | undefined {
  const isOurs = ({ metadata }: JobObject) =>
    metadata.annotations?.[MADE_BY_PEOPLE] === undefined &&
    (metadata.ownerReferences ?? []).some(({ kind, name }) => kind === "CronJob" && name === cronJob);
  const newest = jobs
    .filter(isOurs)
    .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))[0];
  const failed = newest?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
  if (!newest || !failed) return undefined;
  const { name, creationTimestamp } = newest.metadata;
  const day = seoulDay(new Date(Date.parse(creationTimestamp) - DAY_MS).toISOString());
  return { job: name, at: failed.lastTransitionTime, day };
}

/** The speed layer: it passes while its supervisor runs and events come in. */
export function speedRow(supervisor: SupervisorStatus, newestEvent: string | null, nowMs: number): StoreRow {
  const { state, detailedState, healthy, suspended, aggregateLag } = supervisor.payload;
  const age = newestEvent === null ? null : Math.round((nowMs - Date.parse(newestEvent)) / 1000);
  const detail = detailedState !== undefined && detailedState !== state ? ` (${detailedState})` : "";
  return {
    store: `druid ${SPEED}`,
    ok: state === "RUNNING" && healthy !== false && suspended !== true && age !== null && age <= STALE_SECONDS,
    state: `supervisor ${state}${detail}, lag ${aggregateLag ?? "unknown"}`,
    newestAgeSeconds: age,
    facts: { supervisor: state, detailedState: detailedState ?? null, lag: aggregateLag ?? null, newestEvent },
  };
}

/**
 * The batch layer: it passes unless the newest reindex failed, in Druid, or the nightly job did, which plans it and adds up.
 * Never reindexed is no failure.
 * @param night the nightly job that has failed, unless its day was reindexed since
 */
export function batchRow(
  segments: NewestSegments | undefined,
  task: NewestTask | undefined,
  night: FailedNight | undefined,
  nowMs: number,
): StoreRow {
  const since = (time: string): number => Math.round((nowMs - Date.parse(time)) / 1000);
  const later = task && (!segments || Date.parse(task.created) > Date.parse(segments.version)) ? task : undefined;
  const made = segments ? `day ${seoulDay(segments.start)}: ${segments.rows} rows` : "never reindexed";
  const then =
    later && later.status !== "SUCCESS" ? `; then ${later.status}${later.error ? `: ${later.error}` : ""}` : "";
  const nightly = night ? `; the nightly reindex of ${night.day} has failed: lab logs reindex` : "";
  return {
    store: `druid ${BATCH}`,
    ok: later?.status !== "FAILED" && night === undefined,
    state: `${made}${then}${nightly}`,
    newestAgeSeconds: segments ? since(segments.version) : null,
    facts: {
      lastReindex: segments?.version ?? null,
      day: segments ? seoulDay(segments.start) : null,
      rows: segments?.rows ?? null,
      lastTask: task?.status ?? null,
      failedJob: night?.job ?? null,
    },
  };
}

/** All stores of the lambda pipeline; one that does not answer fails with the reason. */
export function lambdaStores(api: ApiReader, namespace: string, rollSeconds: number): Promise<StoreRow[]> {
  const druid = druidReader(api, namespace);
  const hdfs = hdfsReader(api, namespace);
  return lookAtStores([
    [`druid ${SPEED}`, () => lookAtSpeed(druid)],
    [`hdfs ${RAW_EVENTS}`, () => lookAtDirectory(hdfs, RAW_EVENTS, rollSeconds)],
    [`druid ${BATCH}`, () => lookAtBatch(druid, api, namespace)],
  ]);
}

/** Events of the future, which a collector with a wrong clock may send, would pass for new ones until their time comes. */
export const NOT_OF_THE_FUTURE = "__time <= CURRENT_TIMESTAMP + INTERVAL '1' MINUTE";

/** When the newest event of the speed layer happened, ISO 8601; null when it has none. */
export async function newestEvent(druid: DruidReader): Promise<string | null> {
  if (!(await exists(druid, SPEED))) return null;
  const [row] = await druid.sql<{ newest: string | null }>(
    `SELECT MAX(__time) AS newest FROM "${SPEED}" WHERE ${NOT_OF_THE_FUTURE}`,
  );
  return row?.newest ?? null;
}

/** Whether a datasource can be asked: one that never had a row is unknown to SQL. */
export async function exists(druid: DruidReader, datasource: string): Promise<boolean> {
  const rows = await druid.sql(
    `SELECT 1 FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'druid' AND TABLE_NAME = '${datasource}'`,
  );
  return rows.length > 0;
}

async function lookAtSpeed(druid: DruidReader): Promise<StoreRow> {
  const [status, newest] = await Promise.all([
    druid.get<SupervisorStatus>(`/druid/indexer/v1/supervisor/${SPEED}/status`),
    newestEvent(druid),
  ]);
  return speedRow(status, newest, Date.now());
}

async function lookAtBatch(druid: DruidReader, api: ApiReader, namespace: string): Promise<StoreRow> {
  const [[segments], [task], { items }] = await Promise.all([
    druid.sql<NewestSegments>(
      `SELECT "version", "start", SUM("num_rows") AS "rows" FROM sys.segments
       WHERE "datasource" = '${BATCH}' AND "is_active" = 1 GROUP BY 1, 2 ORDER BY 1 DESC, 2 DESC LIMIT 1`,
    ),
    druid.sql<NewestTask>(
      `SELECT "status", "created_time" AS "created", "error_msg" AS "error" FROM sys.tasks
       WHERE "datasource" IN ('${BATCH}', '${FINDINGS}') AND "type" = 'query_controller' ORDER BY "created_time" DESC LIMIT 1`,
    ),
    api.json<{ items: JobObject[] }>(`/apis/batch/v1/namespaces/${namespace}/jobs`),
  ]);
  const night = failedNight(items, "reindex");
  return batchRow(segments, task, night && (await wasReindexed(druid, night)) ? undefined : night, Date.now());
}

/** Whether the day of a failed night was replaced after that. */
async function wasReindexed(druid: DruidReader, { day, at }: FailedNight): Promise<boolean> {
  const begin = new Date(`${day}T00:00:00+09:00`).toISOString();
  const [newest] = await druid.sql<{ version: string }>(
    `SELECT "version" FROM sys.segments WHERE "datasource" = '${BATCH}' AND "is_active" = 1 AND "start" = '${begin}'
     ORDER BY "version" DESC LIMIT 1`,
  );
  return newest !== undefined && Date.parse(newest.version) > Date.parse(at);
}
