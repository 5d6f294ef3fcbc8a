import { setTimeout } from "node:timers/promises";
import { type Druid, DruidError } from "../core/druid";
import { countsOf, failureOf, type TaskCounts, type TaskReport } from "./progress";
import { type Ingestion, idPrefix, planTask } from "./task";

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
  override readonly name = "TaskFailed";
}

/** A task that has succeeded. */
export interface DoneTask {
  readonly id: string;
  /** When Druid took it; segments it wrote have this version or a later one. ISO 8601, UTC. */
  readonly createdTime: string;
  readonly counts: TaskCounts;
}

interface TaskEntry {
  readonly id: string;
  readonly createdTime: string;
  /** RUNNING, SUCCESS or FAILED; whoever waits for a lock or a slot counts as running. */
  readonly statusCode: string;
}

const PROGRESS_MS = 10_000;

/**
 * Replaces a day by one task, and waits for it. Only one task of a day runs at a time, and none does another's work again: a
 * task left behind by a run that was killed, or of a run that goes on elsewhere, is waited for; when it reads the same files
 * for the same rows, its success is this run's. Ids follow from what a task does and how many there were before it, and Druid
 * takes an id once: of two runs that start at the same moment one submits the task, and the other finds it there.
 * @throws TaskFailed
 */
export async function runTask(ingestion: Ingestion, taskSeconds: number, deps: TaskDeps): Promise<DoneTask> {
  const { druid, say } = deps;
  const deadline = performance.now() + taskSeconds * 1000;
  const own = `${idPrefix(ingestion)}${ingestion.fingerprint}_`;
  let taken = 0; // Druid lists ended tasks for a day only, but knows their ids for longer
  for (;;) {
    deps.stop.throwIfAborted();
    const known = await tasksOf(ingestion, deps);
    const running = known
      .filter(({ statusCode }) => statusCode === "RUNNING")
      .sort((a, b) => (a.createdTime < b.createdTime ? -1 : 1));
    const [other] = running;
    if (other) {
      say(`${ingestion.datasource}: task ${other.id} runs already, waiting for it`);
      const end = await ended(other, deadline, deps, false);
      if (end.succeeded && other.id.startsWith(own)) return end;
      if (!end.succeeded) say(`${ingestion.datasource}: that task failed (${end.reason})`);
      continue;
    }
    const attempts = known.filter(({ id }) => id.startsWith(own)).map(({ id }) => Number(id.slice(own.length)));
    const attempt = 1 + Math.max(taken, ...attempts);
    const id = `${own}${attempt}`;
    const task = await planTask(druid, ingestion, attempt);
    deps.stop.throwIfAborted();
    if (!(await submitted(task, id, deps))) {
      taken = attempt;
      continue;
    }
    const [entry] = (await tasksOf(ingestion, deps)).filter((one) => one.id === id);
    const createdTime = entry?.createdTime ?? new Date(0).toISOString();
    const end = await ended({ id, createdTime, statusCode: "RUNNING" }, deadline, deps, true);
    if (end.succeeded) return end;
    throw new TaskFailed(`${ingestion.datasource}: task ${id} failed, the day is as it was: ${end.reason}`);
  }
}

type End = (DoneTask & { readonly succeeded: true }) | { readonly succeeded: false; readonly reason: string };

async function ended(task: TaskEntry, deadline: number, deps: TaskDeps, ours: boolean): Promise<End> {
  const { id, createdTime } = task;
  const { druid, say, stop, pollMs = 1_000 } = deps;
  const path = `/druid/indexer/v1/task/${encodeURIComponent(id)}`;
  let said = performance.now();
  const cancel = async (why: string): Promise<never> => {
    // What another run has begun is that run's to stop.
    if (ours) await druid.post(`${path}/shutdown`, {}).catch(() => undefined);
    throw new TaskFailed(`task ${id} ${ours ? "was stopped" : "is still running"}: ${why}`);
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
    if (performance.now() > deadline) return cancel("it took too long");
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

/** @returns false when the id is taken: another run was faster */
async function submitted(task: object, id: string, deps: TaskDeps): Promise<boolean> {
  try {
    await patient(deps, () => deps.druid.post("/druid/indexer/v1/task", task));
    return true;
  } catch (error) {
    // Also when this run's own first try had arrived and only its answer was lost; then it is found running.
    if (error instanceof DruidError && /already exists/i.test(error.body) && error.body.includes(id)) return false;
    throw error;
  }
}

/** All controller tasks Druid knows that replace the day; those of their workers have longer ids. */
async function tasksOf(ingestion: Ingestion, deps: TaskDeps): Promise<TaskEntry[]> {
  const path = `/druid/indexer/v1/tasks?datasource=${encodeURIComponent(ingestion.datasource)}`;
  const all = await patient(deps, () => deps.druid.get<readonly TaskEntry[]>(path));
  const prefix = idPrefix(ingestion);
  return all.filter(({ id }) => id.startsWith(prefix) && /^[0-9a-f]+_\d+$/.test(id.slice(prefix.length)));
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

/** Tries again while Druid is not there: its servers may be restarted while a day is reindexed. */
async function patient<T>({ stop, patienceMs = 120_000, pollMs = 1_000 }: TaskDeps, ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof DruidError) || !error.retriable || stop.aborted || performance.now() > deadline)
        throw error;
      await setTimeout(pollMs);
    }
  }
}
