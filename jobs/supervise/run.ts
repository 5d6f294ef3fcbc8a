import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { type Druid, DruidError } from "../core/druid";
import { type Log, messageOf } from "../core/log";
import { isPassing, patiently } from "../core/patient-druid";
import type { SuperviseConfig, SupervisorSpec } from "./config";
import { differences } from "./difference";
import { beforeTrial, DECLARATION, type RunningSpec, type Version } from "./history";
import { unlessStopped } from "./stop";

const SUPERVISORS = "/druid/indexer/v1/supervisor";
const PAUSE_MS = 2_000;
/** What the sampler may take; it waits for records until then. */
const SAMPLE = { numRows: 20, timeoutMs: 5_000 };
/** How long a submission may still take once the process has to end: what is restored must come to Druid after it. */
const SETTLE_MS = 10_000;
/** How long Druid may be away while the spec before is restored. Both together are less than a pod's 45 s to end. */
const RESTORE_MS = 25_000;

/** Detailed states of a supervisor that does not reach Kafka. */
const STREAM_IS_AWAY = new Set(["UNABLE_TO_CONNECT_TO_STREAM", "LOST_CONTACT_WITH_STREAM"]);

/** Exit code for a spec that does not work. It must not be tried again: each trial stops the supervisor that runs. */
export const SPEC_REFUSED = 3;

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

/** How things are waited for. */
export interface Patience {
  /** @default 2 000 */
  readonly pauseMs?: number;
  /** Aborted when the process has to end. @default never */
  readonly stop?: AbortSignal;
}

/**
 * Makes the supervisor run the declared spec: checked first, submitted only when it differs, and taken back when it
 * does not work or its trial is cut short, so that what ran before goes on.
 * @returns the exit code
 * @throws with one line when the spec is not running healthily at the end, though another run may get there
 */
export async function runSupervise(
  config: SuperviseConfig,
  druid: Druid,
  log: Log,
  { pauseMs = PAUSE_MS, stop = new AbortController().signal }: Patience = {},
): Promise<number> {
  try {
    await supervise(config, druid, log, { pauseMs, stop });
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    log.error("the spec does not work, and is not tried again", { error: error.message });
    return SPEC_REFUSED;
  }
}

async function supervise(
  { spec, waitSeconds, longestSeconds }: SuperviseConfig,
  druid: Druid,
  log: Log,
  { pauseMs, stop }: Required<Patience>,
): Promise<void> {
  const id = spec.spec.dataSchema.dataSource;
  const inTime = (): Deadline => ({ endsAt: performance.now() + waitSeconds * 1000, pauseMs });
  const deadline = inTime();
  const running = await unlessStopped(runningSpec(druid, id, deadline, log), stop);
  const changes = running ? changesTo(running, spec) : ["it is not there"];
  const since = Date.now() - longestSeconds * 1000;
  const before =
    running && changes.length > 0
      ? running
      : beforeTrial(await unlessStopped(historyOf(druid, id, deadline), stop), declarationOf(spec), since);
  if (changes.length > 0) {
    log.info("the supervisor is not as declared", { id, changes });
    await unlessStopped(check(druid, spec, deadline), stop);
  } else if (before) {
    log.info("an earlier run has left the supervisor on trial", { id });
  }
  try {
    if (changes.length > 0) {
      await unlessStopped(submit(druid, spec, before, { ...deadline, stop }, log), stop, SETTLE_MS);
    }
    const status = await unlessStopped(healthy(druid, spec, inTime(), log), stop);
    log.info("the supervisor is as declared", { id, submitted: changes.length > 0, state: status.payload.state });
  } catch (error) {
    if (error instanceof Refused || !before) throw error;
    // A trial that was cut short, or had no Kafka, says nothing about the spec.
    const Failure = stop.aborted || error instanceof StreamAway ? Error : Refused;
    await restore(druid, before, error, pauseMs);
    throw new Failure(`${messageOf(error)}; the spec before runs again`, { cause: error });
  }
}

/** The spec does not work, and what ran before runs. */
class Refused extends Error {}

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

/** Whether a check has failed for Druid's own sake, or because Kafka did not answer it: that says nothing about the spec. */
function isTroubleOfServers(error: unknown): boolean {
  return error instanceof DruidError && (error.status >= 500 || /timeout|timed out/i.test(error.body));
}

/** Every spec the supervisor has had, newest first. */
async function historyOf(druid: Druid, id: string, deadline: Deadline): Promise<readonly Version[]> {
  try {
    return await patiently(() => druid.get<readonly Version[]>(`${SUPERVISORS}/${id}/history`), deadline);
  } catch (error) {
    if (error instanceof DruidError && error.status === 404) return [];
    throw error;
  }
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
async function check(druid: Druid, spec: SupervisorSpec, deadline: Deadline): Promise<void> {
  const { topic } = spec.spec.ioConfig;
  const request = { type: "kafka", spec, samplerConfig: SAMPLE };
  let sample: Sample;
  try {
    sample = await patiently(() => druid.post<Sample>("/druid/indexer/v1/sampler", request), deadline);
  } catch (error) {
    if (isPassing(error) || isTroubleOfServers(error)) throw error;
    throw new Refused(`the spec is refused, nothing was changed: ${messageOf(error)}`, { cause: error });
  }
  const unreadable = sample.data.filter((row) => row.unparseable || row.error !== undefined);
  if (sample.data.length > 0 && unreadable.length === sample.data.length) {
    throw new Refused(
      `the spec is refused, nothing was changed: it can read none of ${sample.data.length} records of ${topic}: ` +
        `${unreadable[0]?.error ?? "unparseable"}`,
    );
  }
}

/** @throws when Druid did not take it: Refused, unless what ran before has to be restored */
async function submit(
  druid: Druid,
  spec: SupervisorSpec,
  before: RunningSpec | undefined,
  { stop, ...deadline }: Deadline & { readonly stop: AbortSignal },
  log: Log,
): Promise<void> {
  const id = spec.spec.dataSchema.dataSource;
  for (;;) {
    stop.throwIfAborted(); // another submission would undo what is restored now
    try {
      await druid.post(SUPERVISORS, { ...spec, context: { [DECLARATION]: declarationOf(spec) } });
      return log.info("submitted", { id });
    } catch (error) {
      const reason = `the spec was not taken: ${messageOf(error)}`;
      const running = await runningSpec(druid, id, deadline, log);
      // Only the answer may have been lost.
      if (running && changesTo(running, spec).length === 0)
        return log.info("submitted", { id, answer: messageOf(error) });
      // Druid stops the supervisor before it starts the new one, and leaves none when that one does not start.
      if (!running && before) throw new Error(reason, { cause: error });
      if (!isPassing(error) || performance.now() > deadline.endsAt) throw new Refused(reason, { cause: error });
      log.info("submitting again", { id, reason });
    }
    await setTimeout(deadline.pauseMs);
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
        const Failure = STREAM_IS_AWAY.has(state) ? StreamAway : Unhealthy;
        throw new Failure(
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
/** Kafka is not there, so that nothing is known about the spec. */
class StreamAway extends Unhealthy {}

/** Starts the supervisor with the spec it had. @throws when Druid did not take it */
async function restore(druid: Druid, before: RunningSpec, cause: unknown, pauseMs: number): Promise<void> {
  try {
    await patiently(() => druid.post(SUPERVISORS, before), { endsAt: performance.now() + RESTORE_MS, pauseMs });
  } catch (error) {
    throw new Error(`${messageOf(cause)}; the spec before could not be restored: ${messageOf(error)}`, { cause });
  }
}
