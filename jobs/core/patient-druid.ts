import { setTimeout } from "node:timers/promises";
import { type Druid, DruidError } from "./druid";

/**
 * Druid's SQL, asked again while nobody can take the question: a Router that restarts, or a pod that is so new that the cluster's
 * network does not let it through yet.
 * @param patienceMs how long it is asked again. @throws DruidError, the last one
 */
export function patientSql(
  druid: Pick<Druid, "sql">,
  { patienceMs = 60_000, pauseMs = 1_000 }: { readonly patienceMs?: number; readonly pauseMs?: number } = {},
): Pick<Druid, "sql"> {
  return {
    sql: async <T>(...question: Parameters<Druid["sql"]>): Promise<T[]> => {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        try {
          return await druid.sql<T>(...question);
        } catch (error) {
          if (!(error instanceof DruidError && error.retriable) || performance.now() > deadline) throw error;
        }
        await setTimeout(pauseMs);
      }
    },
  };
}
