import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { type Druid, DruidError } from "../core/druid";
import { type Log, messageOf } from "../core/log";
import type { SuperviseConfig, SupervisorSpec } from "./config";
import { differences } from "./difference";

const SUPERVISORS = "/druid/indexer/v1/supervisor";
const PAUSE_MS = 2_000;
/** What the sampler may take; it waits for records until then. */
const SAMPLE = { numRows: 20, timeoutMs: 5_000 };
/** Key of the spec's context that names the declaration it came from: what a declaration no longer says shows only there. */
const DECLARATION = "declaration";

/** A spec as Druid gives it back. */
interface RunningSpec {
  readonly spec: unknown;
  readonly suspended?: boolean;
  readonly context?: Readonly<Record<string, unknown>> | null;
}

interface SupervisorStatus {
  readonly payload: {
    readonly state: string;
    readonly detailedState: string;
    readonly healthy: boolean;
    readonly activeTasks?: readonly unknown[];
    readonly recentErrors?: readonly { readonly message?: string }[];
  };
}

interface Sample {
  readonly numRowsRead: number;
  readonly data: readonly { readonly parsed?: unknown; readonly unparseable?: boolean; readonly error?: string }[];
}

/** How long things are waited for. */
export interface Patience {
  /** @default 2 000 */
  readonly pauseMs?: number;
}

/**
 * Makes the supervisor run the declared spec: checked first, submitted only when it differs, and taken back when it does not work,
 * so that what ran before goes on.
 * @returns the exit code
 * @throws with one line when the spec is not running healthily at the end
 */
export async function runSupervise(
  { spec, waitSeconds }: SuperviseConfig,
  druid: Druid,
  log: Log,
  { pauseMs = PAUSE_MS }: Patience = {},
): Promise<number> {
  const id = spec.spec.dataSchema.dataSource;
  const deadline = { endsAt: performance.now() + waitSeconds * 1000, pauseMs };
  const before = await runningSpec(druid, id, deadline, log);
  const changes = before ? changesTo(before, spec) : ["it is not there"];
  if (changes.length > 0) {
    log.info("the supervisor is not as declared", { id, changes });
    await check(druid, spec);
    await submit(druid, id, { ...spec, context: { [DECLARATION]: declarationOf(spec) } }, before, log);
  }
  try {
    const status = await healthy(druid, spec, { ...deadline, endsAt: performance.now() + waitSeconds * 1000 }, log);
    log.info("the supervisor is as declared", { id, submitted: changes.length > 0, state: status.payload.state });
  } catch (error) {
    if (changes.length === 0 || !before) throw error;
    throw new Error(await restored(druid, before, messageOf(error)), { cause: error });
  }
  return 0;
}

/** What has to change, one line each; none when the running spec is the declared one. */
export function changesTo(running: RunningSpec, declared: SupervisorSpec): string[] {
  const { spec, suspended } = declared;
  const found = differences({ spec, suspended }, { spec: running.spec, suspended: running.suspended ?? false });
  if (found.length > 0) return found;
  return running.context?.[DECLARATION] === declarationOf(declared) ? [] : ["it comes from another declaration"];
}

/** Names a declaration. */
export function declarationOf(spec: SupervisorSpec): string {
  return createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 16);
}

interface Deadline {
  readonly endsAt: number;
  readonly pauseMs: number;
}

/** The spec that runs now, or undefined. Waits until there is an Overlord to say so. */
async function runningSpec(druid: Druid, id: string, deadline: Deadline, log: Log): Promise<RunningSpec | undefined> {
  for (;;) {
    let state: string;
    try {
      const ids = await druid.get<unknown>(SUPERVISORS);
      if (Array.isArray(ids))
        return ids.includes(id) ? await druid.get<RunningSpec>(`${SUPERVISORS}/${id}`) : undefined;
      state = "its answer is no list of supervisors";
    } catch (error) {
      state = messageOf(error);
    }
    if (performance.now() > deadline.endsAt) throw new Error(`Druid's Overlord is not ready: ${state}`);
    log.info("waiting for Druid's Overlord", { state });
    await setTimeout(deadline.pauseMs);
  }
}

/** Has Druid read a few records by the spec, which changes nothing. @throws when it cannot */
async function check(druid: Druid, spec: SupervisorSpec): Promise<void> {
  const { topic } = spec.spec.ioConfig;
  let sample: Sample;
  try {
    sample = await druid.post<Sample>("/druid/indexer/v1/sampler", { type: "kafka", spec, samplerConfig: SAMPLE });
  } catch (error) {
    throw new Error(`the spec is refused, nothing was changed: ${messageOf(error)}`, { cause: error });
  }
  const unreadable = sample.data.filter((row) => row.unparseable || row.error !== undefined);
  if (sample.data.length > 0 && unreadable.length === sample.data.length) {
    throw new Error(
      `the spec is refused, nothing was changed: it can read none of ${sample.data.length} records of ${topic}: ` +
        `${unreadable[0]?.error ?? "unparseable"}`,
    );
  }
}

/** @throws when Druid did not take it; then what ran before runs, unless Druid cannot be reached at all */
async function submit(
  druid: Druid,
  id: string,
  spec: object,
  before: RunningSpec | undefined,
  log: Log,
): Promise<void> {
  try {
    await druid.post(SUPERVISORS, spec);
    log.info("submitted", { id });
  } catch (error) {
    const reason = `the spec was not taken: ${messageOf(error)}`;
    // Druid stops the supervisor before it starts the new one, and leaves none when that one does not start.
    const left = await druid.get<readonly string[]>(SUPERVISORS);
    throw new Error(left.includes(id) || !before ? reason : await restored(druid, before, reason), { cause: error });
  }
}

/** @throws with one line when it became unhealthy, or did not get there in time */
async function healthy(druid: Druid, spec: SupervisorSpec, deadline: Deadline, log: Log): Promise<SupervisorStatus> {
  const id = spec.spec.dataSchema.dataSource;
  for (;;) {
    let state: string;
    try {
      const status = await druid.get<SupervisorStatus>(`${SUPERVISORS}/${id}/status`);
      const { payload } = status;
      state = payload.detailedState;
      if (!payload.healthy) {
        throw new Unhealthy(
          `supervisor ${id} is ${state}: ${payload.recentErrors?.at(-1)?.message ?? "no error is given"}`,
        );
      }
      const tasks = payload.activeTasks?.length ?? 0;
      const runs = payload.state === "IDLE" || (state === "RUNNING" && tasks > 0);
      if (spec.suspended ? payload.state === "SUSPENDED" : runs) return status;
      state += ` with ${tasks} tasks`;
    } catch (error) {
      if (error instanceof Unhealthy || (error instanceof DruidError && error.status === 404)) throw error;
      state = messageOf(error);
    }
    if (performance.now() > deadline.endsAt) throw new Error(`supervisor ${id} is not running in time: ${state}`);
    log.info("waiting for the supervisor", { id, state });
    await setTimeout(deadline.pauseMs);
  }
}

class Unhealthy extends Error {}

/** Starts the supervisor with the spec it had. @returns the reason, and what became of it */
async function restored(druid: Druid, before: RunningSpec, reason: string): Promise<string> {
  try {
    await druid.post(SUPERVISORS, before);
    return `${reason}; the spec before runs again`;
  } catch (error) {
    return `${reason}; the spec before could not be restored: ${messageOf(error)}`;
  }
}
