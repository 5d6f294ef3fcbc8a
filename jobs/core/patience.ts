import { setTimeout } from "node:timers/promises";
import { type Log, messageOf } from "./log";

/**
 * Tries until it works: for what a job needs at its start and others are still bringing up. The log says what it waits for;
 * the watchdog ends a wait that never ends.
 */
export async function patiently<T>(what: string, attempt: () => Promise<T>, log: Log, pauseMs = 2_000): Promise<T> {
  const start = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const waitedSeconds = Math.round((performance.now() - start) / 1000);
      log.info(`waiting for ${what}`, { waitedSeconds, error: messageOf(error) });
      await setTimeout(pauseMs);
    }
  }
}
