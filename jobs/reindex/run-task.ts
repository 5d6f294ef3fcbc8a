import { setTimeout } from "node:timers/promises";
import { type Druid, DruidError } from "../core/druid";
import { patiently } from "../core/patient-druid";
import { countsOf, failureOf, type TaskCounts, type TaskReport } from "./progress";
import { nameOf, type TaskName } from "./task";

/** What running a task needs of the world. */
export interface TaskDeps {
  readonly druid: Druid;
  /** Told what goes on, for people. */
  readonly say: (line: string) => void;
  /** Ends the run; the task is stopped. */
  readonly stop: AbortSignal;
  /** Between two looks at a task. @default 1000 */
  readonly pollMs?: number;
  /** How long Druid may not answer. @default 120 000 */
  readonly patienceMs?: number;
}

/** A task that did not succeed; the message is one line. */
export class TaskFailed extends Error {
  override readonly name: string = "TaskFailed";
}

/** Another run's task does not end: no day can be reindexed before it does. */
export class StillRunning extends TaskFailed {
  override readonly name = "StillRunning";
}

/** A task that has succeeded. */
export interface DoneTask {
  readonly id: string;
  /** When Druid took it; segments it wrote have this version or a later one. ISO 8601, UTC. */
  readonly createdTime: string;
  readonly counts: TaskCounts;
}

/** A task of some reindex, as Druid lists it. */
export interface TaskEntry extends TaskName {
  readonly id: string;
  readonly createdTime: string;
  /** RUNNING, SUCCESS or FAILED; whoever waits for a lock or a slot counts as running. */
  readonly statusCode: string;
}

/** How a task has ended. */
export type End = (DoneTask & { readonly succeeded: true }) | { readonly succeeded: false; readonly reason: string };

const TOO_LONG_FOR_OTHERS =
  "it took too long; if the run that began it is gone, end it in Druid's console (lab open druid-router, Tasks)";
const PROGRESS_MS = 10_000;
const LIST_ATTEMPTS = 60;

/**
 * All controller tasks of reindexes that Druid lists, of whatever day and datasource, in the order in which it took
 * them. One call: of one for each datasource neither might show a run that goes from the one to the other meanwhile.
 */
export async function reindexTasks(deps: TaskDeps): Promise<TaskEntry[]> {
  const path = "/druid/indexer/v1/tasks?type=query_controller";
  const all = await patient(deps, () => deps.druid.get<readonly Omit<TaskEntry, keyof TaskName>[]>(path));
  return all
    .flatMap(({ id, createdTime, statusCode }) => {
      const name = nameOf(id);
      return name ? [{ ...name, id, createdTime, statusCode }] : [];
    })
    .sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/**
 * The same, and the one of them that Druid is known to have taken. A list without it says nothing of others either: an
 * Overlord that has just become the leader lists none at all.
 */
export async function tasksWith(id: string, deps: TaskDeps): Promise<{ own: TaskEntry; all: TaskEntry[] }> {
  for (let attempt = 0; attempt < LIST_ATTEMPTS; attempt += 1) {
    const all = await reindexTasks(deps);
    const own = all.find((task) => task.id === id);
    if (own) return { own, all };
    await setTimeout(deps.pollMs ?? 1_000, undefined, { signal: deps.stop });
  }
  throw new TaskFailed(`Druid has taken task ${id} and does not list it`);
}

/** Whether Druid took a task before another one. All runs see the same order, also within a millisecond. */
export function isBefore(a: Pick<TaskEntry, "id" | "createdTime">, b: Pick<TaskEntry, "id" | "createdTime">): boolean {
  return a.createdTime < b.createdTime || (a.createdTime === b.createdTime && a.id < b.id);
}

/**
 * Waits for a task.
 * @param ours whether it is stopped when this run is, or when it takes too long
 * @throws TaskFailed when this run can wait no longer
 */
export async function ended(
  { id, createdTime }: Pick<TaskEntry, "id" | "createdTime">,
  taskSeconds: number,
  deps: TaskDeps,
  ours: boolean,
): Promise<End> {
  const { druid, say, stop, pollMs = 1_000 } = deps;
  const deadline = performance.now() + taskSeconds * 1000;
  const path = pathOf(id);
  let said = performance.now();
  const cancel = async (why: string): Promise<never> => {
    // What another run has begun is that run's to stop.
    if (!ours) throw new StillRunning(`task ${id} is still running: ${why}`);
    await stopTask(id, druid);
    throw new TaskFailed(`task ${id} was stopped: ${why}`);
  };
  for (;;) {
    const { status } = await patient(deps, () =>
      druid.get<{ status: { status: string; errorMsg?: string | null } }>(`${path}/status`),
    );
    if (status.status !== "RUNNING") {
      const report = await reportOf(path, deps);
      if (status.status === "SUCCESS") return { succeeded: true, id, createdTime, counts: countsOf(report) };
      return { succeeded: false, reason: failureOf(report) ?? status.errorMsg ?? "no reason given" };
    }
    if (stop.aborted) return cancel("this run was told to stop");
    if (performance.now() > deadline) return cancel(ours ? "it took too long" : TOO_LONG_FOR_OTHERS);
    if (performance.now() - said > PROGRESS_MS) {
      said = performance.now();
      const { lines, rows } = countsOf(await liveReport(path, druid));
      say(
        lines === 0
          ? `${id}: waiting for a free task slot or a lock`
          : `${id}: ${lines} lines read, ${rows} rows written`,
      );
    }
    await setTimeout(pollMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Asks Druid to end a task, which takes it a moment. One that has ended already stays as it is. */
export async function stopTask(id: string, druid: Druid): Promise<void> {
  await druid.post(`${pathOf(id)}/shutdown`, {}).catch(() => undefined);
}

/** @returns false when the id is taken: another run was faster */
export async function submitted(task: object, id: string, deps: TaskDeps): Promise<boolean> {
  try {
    await patient(deps, () => deps.druid.post("/druid/indexer/v1/task", task));
    return true;
  } catch (error) {
    // Also when this run's own first try had arrived and only its answer was lost; then it is found running.
    if (error instanceof DruidError && /already exists/i.test(error.body) && error.body.includes(id)) return false;
    throw error;
  }
}

function pathOf(id: string): string {
  return `/druid/indexer/v1/task/${encodeURIComponent(id)}`;
}

/** The report of a task that has ended. It may be on its way to the task logs. */
async function reportOf(path: string, deps: TaskDeps): Promise<TaskReport | undefined> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const report = await liveReport(path, deps.druid);
    if (report?.multiStageQuery?.payload?.status) return report;
    await setTimeout(deps.pollMs ?? 1_000);
  }
  return undefined;
}

/** The report of a task; undefined when there is none now. */
async function liveReport(path: string, druid: Druid): Promise<TaskReport | undefined> {
  try {
    return await druid.get<TaskReport>(`${path}/reports`);
  } catch (error) {
    if (error instanceof DruidError) return undefined;
    throw error;
  }
}

/** Asks again while Druid is not there: its servers may be restarted while a day is reindexed. */
function patient<T>({ stop, patienceMs = 120_000, pollMs = 1_000 }: TaskDeps, ask: () => Promise<T>): Promise<T> {
  return patiently(ask, { endsAt: performance.now() + patienceMs, pauseMs: pollMs, stop });
}
