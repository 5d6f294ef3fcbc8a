import { setTimeout } from "node:timers/promises";
import {
  type DoneTask,
  ended,
  isBefore,
  reindexTasks,
  stopTask,
  submitted,
  type TaskDeps,
  type TaskEntry,
  TaskFailed,
  tasksWith,
} from "./run-task";
import { type Ingestion, idOf, nameOf, planTask } from "./task";

/** A day's two statements, made of the same files. */
export interface DayPlan {
  readonly findings: Ingestion;
  readonly events: Ingestion;
}

/** The two tasks that have replaced a day: the later one with the files of the earlier one. */
export interface DonePair {
  readonly counting: DoneTask;
  readonly writing: DoneTask;
}

/** A day that is replaced. */
export interface DoneDay<P extends DayPlan> extends DonePair {
  /** What was planned last. */
  readonly plan: P;
}

/** What a run knows of the day it replaces. */
export interface TurnState {
  readonly day: string;
  /** Datasource of the findings, which a day's first task replaces. */
  readonly findings: string;
  readonly taskSeconds: number;
  /** Tasks this run has seen succeed, by id: its own, and those it has waited for. */
  readonly seen: Map<string, DoneTask>;
  /** What this run had done when another one began to replace it. */
  readonly former: DonePair | undefined;
}

/** Looks at Druid's tasks until a run that has counted a day's lines and does not go on to its events counts as dead. */
const HANDOVER_POLLS = 20;

/**
 * Replaces a day by two tasks, and waits for them. Runs take turns, whatever their days and files:
 *
 * - Of all days only one task runs at a time. A controller and its workers take two or more of Druid's task slots: two
 *   reindexes at once may leave none for the speed layer's next task, and three may be controllers without a worker.
 * - A run plans after its last wait for another run: it never submits a list of files that is older than what that one
 *   read. What comes after its first task has begun is left to the next run, or a day that grows would never be done.
 * - Who waits leaves a run that has counted its lines the time to write the events. Should another run have got in
 *   between all the same, the day is planned and counted again.
 * - No run does another's work again: a task left behind by a run that was killed, or of a run that goes on elsewhere,
 *   is waited for; when it reads the same files for the same rows, its success is this run's.
 *
 * Druid has no lock for all of this: another run may submit between this one's last look at the tasks and its own
 * submission. Ids follow from what a task does and how many there were before it, and Druid takes an id once, so of two
 * runs with the same files one finds the other's task there. Of two with different ones the later is stopped by its own
 * run, which waits and plans again. Should Druid list the earlier one too late for that, both run: Druid's lock on the
 * interval keeps two tasks of a datasource and day apart, and a run whose rows are replaced finds the successor of its
 * tasks before it adds up ({@link successors}).
 * @param makePlan lists the files
 * @throws TaskFailed
 */
export async function replaceDay<P extends DayPlan>(
  makePlan: () => Promise<P>,
  state: TurnState,
  deps: TaskDeps,
): Promise<DoneDay<P>> {
  const { taskSeconds, seen, former } = state;
  const refused: string[] = []; // Druid lists ended tasks for a day only, but knows their ids for longer
  let plan: P | undefined;
  let handover = { id: "", polls: 0 };
  for (;;) {
    deps.stop.throwIfAborted();
    const known = await reindexTasks(deps);
    const other = toWaitFor(known, state);
    if (other) {
      plan = undefined;
      await waitFor(other, state, deps);
      continue;
    }
    const fresh = plan === undefined;
    plan ??= await makePlan();
    const step = nextStep(known, plan, seen, former !== undefined);
    if ("writing" in step) return { plan, ...step };
    const { task, counting } = step;
    if (!counting && !fresh) {
      plan = undefined; // another run got in between, and may have read files that are not in this plan
      continue;
    }
    const half = counting ? undefined : halfDone(known, state);
    if (half && half.id !== handover.id) {
      deps.say(`${half.datasource}: waiting for the run of task ${half.id} to write the events`);
      handover = { id: half.id, polls: HANDOVER_POLLS };
    }
    if (half && handover.polls > 0) {
      handover = { ...handover, polls: handover.polls - 1 };
      plan = undefined;
      await setTimeout(deps.pollMs ?? 1_000, undefined, { signal: deps.stop }).catch(() => undefined);
      continue;
    }
    const done = await ownTask(task, known, refused, taskSeconds, deps);
    if (!done) {
      plan = undefined;
      continue;
    }
    seen.set(done.id, done);
    // Without another look: who comes next may have begun already, and this run has had its turn.
    if (counting) return { plan, counting, writing: done };
  }
}

/** The task of a run that has counted a day's lines and is about to write its events, unless it was killed. */
function halfDone(known: readonly TaskEntry[], { findings }: TurnState): TaskEntry | undefined {
  const last = known.findLast(({ statusCode }) => statusCode !== "FAILED"); // a failed one may be a loser of the same moment
  if (last?.datasource !== findings || last.statusCode !== "SUCCESS") return undefined;
  const isOfItsRun = ({ day, fingerprint }: TaskEntry) => day === last.day && fingerprint === last.fingerprint;
  return known.some((task) => isBefore(last, task) && isOfItsRun(task)) ? undefined : last;
}

/**
 * Tasks after a run's first that have replaced its day again, or are about to: what a query sees of the day may no
 * longer be what the run has written. Their files are no older than the run's: they are listed after its first task.
 */
export function successors(known: readonly TaskEntry[], { counting, writing }: DonePair): TaskEntry[] {
  const names = [nameOf(counting.id), nameOf(writing.id)];
  return known.filter(
    (task) =>
      task.statusCode !== "FAILED" &&
      task.id !== writing.id &&
      isBefore(counting, task) &&
      names.some((name) => name?.day === task.day && name.datasource === task.datasource),
  );
}

/** The task without whose end, and counts, this run cannot go on. */
function toWaitFor(known: readonly TaskEntry[], state: TurnState): TaskEntry | undefined {
  const { former, seen } = state;
  const running = known.find(({ statusCode }) => statusCode === "RUNNING");
  return running ?? partner(known, state) ?? (former && successors(known, former).find(({ id }) => !seen.has(id)));
}

/** The day's first task when this run, having come late, has waited for the second one only. */
function partner(known: readonly TaskEntry[], { day, findings, seen }: TurnState): TaskEntry | undefined {
  const ofDay = known.filter((task) => task.day === day && task.statusCode === "SUCCESS");
  const firstOf = (second: TaskEntry) =>
    ofDay.findLast(
      (task) => task.datasource === findings && task.fingerprint === second.fingerprint && isBefore(task, second),
    );
  return ofDay
    .filter(({ id, datasource }) => datasource !== findings && seen.has(id))
    .flatMap((second) => firstOf(second) ?? [])
    .find(({ id }) => !seen.has(id));
}

/** The statement that is next; the second one once the first one's task is done. */
interface Step {
  readonly task: Ingestion;
  readonly counting?: DoneTask;
}

/**
 * What is to be done for a day when nothing runs: one of its statements, or nothing more.
 * @param following whether this run has had its turn: then it takes what there is now, from whatever files, rather than
 *   replace the day again, which two runs could do to each other for ever while new files come
 */
function nextStep(
  known: readonly TaskEntry[],
  { findings, events }: DayPlan,
  seen: ReadonlyMap<string, DoneTask>,
  following: boolean,
): Step | DonePair {
  const last = ({ datasource, day }: Ingestion) =>
    known.findLast((task) => task.statusCode === "SUCCESS" && task.datasource === datasource && task.day === day);
  const counted = last(findings);
  const written = last(events);
  const counting = counted && seen.get(counted.id);
  const writing = written && seen.get(written.id);
  if (!counting) return { task: findings };
  const same = counted.fingerprint === findings.fingerprint;
  if ((same || following) && writing && written.fingerprint === counted.fingerprint && isBefore(counted, written))
    return { counting, writing };
  return same ? { task: events, counting } : { task: findings };
}

/** Waits for another run's task, and keeps its success in mind. */
async function waitFor(other: TaskEntry, { taskSeconds, seen }: TurnState, deps: TaskDeps): Promise<void> {
  const { id, datasource, statusCode } = other;
  if (statusCode === "RUNNING") deps.say(`${datasource}: task ${id} runs already, waiting for it`);
  const end = await ended(other, taskSeconds, deps, false);
  if (end.succeeded) seen.set(id, end);
  else deps.say(`${datasource}: that task failed (${end.reason})`);
}

/** Runs a task of this run. @returns undefined when another run was faster */
async function ownTask(
  ingestion: Ingestion,
  known: readonly TaskEntry[],
  refused: string[],
  taskSeconds: number,
  deps: TaskDeps,
): Promise<DoneTask | undefined> {
  const attempt = attemptOf(ingestion, [...known.map(({ id }) => id), ...refused]);
  const id = idOf({ ...ingestion, attempt });
  const task = await planTask(deps.druid, ingestion, attempt);
  deps.stop.throwIfAborted();
  if (newcomers(known, await reindexTasks(deps)).length > 0) return undefined;
  if (!(await submitted(task, id, deps))) {
    refused.push(id);
    return undefined;
  }
  const { own, all } = await tasksWith(id, deps).catch(async (error: unknown) => {
    await stopTask(id, deps.druid); // nobody would wait for it
    throw error;
  });
  const faster = newcomers(known, all).find((one) => isBefore(one, own));
  if (faster) {
    deps.say(`${ingestion.datasource}: task ${faster.id} was there before ${id}, which is stopped`);
    await stopTask(id, deps.druid);
  }
  const end = await ended(own, taskSeconds, deps, true);
  if (faster) return undefined;
  if (end.succeeded) return end;
  throw new TaskFailed(`${ingestion.datasource}: task ${id} failed, the day is as it was: ${end.reason}`);
}

/** Tasks that have come since `known`, and have replaced something or may do so. */
function newcomers(known: readonly TaskEntry[], now: readonly TaskEntry[]): TaskEntry[] {
  const old = new Set(known.map(({ id }) => id));
  return now.filter(({ id, statusCode }) => statusCode !== "FAILED" && !old.has(id));
}

/** The number of the next task of a statement. */
function attemptOf({ datasource, day, fingerprint }: Ingestion, ids: readonly string[]): number {
  const alike = ids
    .map(nameOf)
    .filter((name) => name?.datasource === datasource && name.day === day && name.fingerprint === fingerprint);
  return 1 + Math.max(0, ...alike.map((name) => name?.attempt ?? 0));
}
