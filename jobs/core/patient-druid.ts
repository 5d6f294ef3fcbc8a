import { setTimeout } from "node:timers/promises";
import { type Druid, DruidError } from "./druid";

/** For how long, and how often, Druid is asked. */
export interface Patience {
  /** By `performance.now()`. */
  readonly endsAt: number;
  readonly pauseMs: number;
  /** Ends it early, once aborted. @default never */
  readonly stop?: AbortSignal;
}

/**
 * What `ask` comes to, asked again while nobody can take it: servers that restart, or a pod that is so new that the cluster's
 * network does not let it through yet.
 * @throws DruidError the last one; anything else at once
 */
export async function patiently<T>(ask: () => Promise<T>, { endsAt, pauseMs, stop }: Patience): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error) || stop?.aborted || performance.now() > endsAt) throw error;
    }
    await setTimeout(pauseMs);
  }
}

/** Whether the same call may succeed later without anything being changed. */
export function isPassing(error: unknown): boolean {
  return error instanceof DruidError && error.retriable;
}

/** Druid's SQL, asked {@link patiently}. @throws DruidError */
export function patientSql(
  druid: Pick<Druid, "sql">,
  { patienceMs = 60_000, pauseMs = 1_000 }: { readonly patienceMs?: number; readonly pauseMs?: number } = {},
): Pick<Druid, "sql"> {
  return {
    sql: <T>(...question: Parameters<Druid["sql"]>) =>
      patiently(() => druid.sql<T>(...question), { endsAt: performance.now() + patienceMs, pauseMs }),
  };
}
