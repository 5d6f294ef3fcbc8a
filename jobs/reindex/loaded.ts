import { setTimeout } from "node:timers/promises";
import { type Druid, DruidError } from "../core/druid";
import { sqlOrNothing, varchar } from "../core/druid-rows";
import { instantsOf } from "../core/seoul-day";
import type { DoneTask } from "./run-task";

/** What a query sees of a day. */
export interface Seen {
  /** Segments that are not overshadowed and from before the task. */
  readonly older: number;
  /** Of all segments, those no server has loaded yet. */
  readonly missing: number;
  readonly rows: number;
}

/** How untilLoaded waits. */
export interface LoadWait {
  readonly seconds: number;
  /** @default 1000 */
  readonly pollMs?: number;
  /** Throws when the wait has no end, because another run replaces what was written. */
  readonly undisturbed: () => Promise<void>;
}

/**
 * Waits until queries see what a task has written, and nothing older. An empty day has no rows, whether it never had any or
 * the task has put tombstones over them.
 * @returns the rows that queries see
 * @throws when it takes longer than `seconds`, and what `undisturbed` throws
 */
export async function untilLoaded(
  druid: Pick<Druid, "sql">,
  datasource: string,
  day: string,
  task: DoneTask,
  { seconds, pollMs = 1_000, undisturbed }: LoadWait,
): Promise<number> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    let state: string;
    try {
      const seen = await look(druid, datasource, day, task.createdTime);
      const settled = seen.older === 0 && seen.missing === 0;
      if (settled && seen.rows === task.counts.rows) return seen.rows;
      await undisturbed();
      state = `${seen.rows} of ${task.counts.rows} rows, ${seen.older} older segments, ${seen.missing} not loaded`;
      // Everything is in place and will not change any more: that is for the reconciliation to judge.
      if (settled && performance.now() > deadline) return seen.rows;
    } catch (error) {
      if (!(error instanceof DruidError)) throw error;
      state = error.message;
    }
    if (performance.now() > deadline) {
      throw new Error(`${datasource}: Druid does not serve what task ${task.id} wrote after ${seconds} s: ${state}`);
    }
    await setTimeout(pollMs);
  }
}

async function look(druid: Pick<Druid, "sql">, datasource: string, day: string, since: string): Promise<Seen> {
  const { from, to } = instantsOf(day);
  const [segments] = await druid.sql<{ older: number | null; missing: number | null }>(
    `SELECT SUM(CASE WHEN "version" < ? THEN 1 ELSE 0 END) AS "older",
       SUM(CASE WHEN is_available = 0 THEN 1 ELSE 0 END) AS "missing"
     FROM sys.segments WHERE datasource = ? AND "start" < ? AND "end" > ? AND is_active = 1`,
    [since, datasource, to, from].map(varchar),
  );
  const [counted] = await sqlOrNothing<{ n: number }>(
    druid,
    datasource,
    `SELECT COUNT(*) AS n FROM "${datasource}" WHERE "__time" >= TIME_PARSE(?) AND "__time" < TIME_PARSE(?)`,
    [from, to],
  );
  return { older: segments?.older ?? 0, missing: segments?.missing ?? 0, rows: counted?.n ?? 0 };
}
