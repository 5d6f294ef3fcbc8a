import type { Log } from "./log";
import { messageOf } from "./log";

/** What a job does when it is told to stop. */
export interface ShutdownOptions {
  readonly log: Log;
  /** Stops fetching, finishes, commits, leaves the group. */
  readonly stop: () => Promise<void>;
  /** After this, the process ends whatever `stop` does. Kubernetes kills after 30 s. @default 25 000 */
  readonly deadlineMs?: number;
  /** Signal source and exit, for tests. @default process */
  readonly process?: Pick<NodeJS.Process, "once" | "exit">;
}

/**
 * On SIGTERM or SIGINT runs `stop` once and exits 0. A stop that does not end in time (Kafka is gone, for instance) exits
 * 0 as well: everything a job does may be cut off at any moment, and restarting it is always safe.
 */
export function onShutdown({ log, stop, deadlineMs = 25_000, process: host = process }: ShutdownOptions): void {
  let stopping = false;
  const handle = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info("stopping", { signal });
    const timer = setTimeout(() => {
      log.warn("stopped without finishing: the deadline has passed", { deadlineMs });
      host.exit(0);
    }, deadlineMs);
    stop()
      .then(
        () => log.info("stopped"),
        (error: unknown) => log.warn("stopped with an error", { error: messageOf(error) }),
      )
      .finally(() => {
        clearTimeout(timer);
        host.exit(0);
      });
  };
  host.once("SIGTERM", () => handle("SIGTERM"));
  host.once("SIGINT", () => handle("SIGINT"));
}
