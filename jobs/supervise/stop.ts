import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

/** Aborted by the first SIGTERM or SIGINT. Without it, a process that is a container's first one does not hear them. */
export function stopSignal(host: Pick<NodeJS.Process, "once"> = process): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    host.once(signal, () => controller.abort(new Error(`told to stop by ${signal}`)));
  }
  return controller.signal;
}

/**
 * What `work` comes to.
 * @throws the reason to stop when `work` has not ended `settleMs` after that; it is not waited for any longer
 */
export async function unlessStopped<T>(work: Promise<T>, stop: AbortSignal, settleMs = 0): Promise<T> {
  const stopped = async (): Promise<never> => {
    if (!stop.aborted) await once(stop, "abort");
    await setTimeout(settleMs);
    throw stop.reason;
  };
  return Promise.race([work, stopped()]);
}
