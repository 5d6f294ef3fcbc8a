/**
 * Ctrl-C. Children share the terminal's process group and are told by the terminal itself, so the first Ctrl-C only
 * asks our own waits to end and lets children (Pulumi above all, whose state must be written) finish; the second leaves.
 */
const controller = new AbortController();

/** Aborted by the first Ctrl-C (or SIGTERM): pass it to every wait. */
export const interrupted: AbortSignal = controller.signal;

/** Installs the handlers; called once, by main. */
export function handleInterrupts(): void {
  const stop = (): void => {
    if (interrupted.aborted) process.exit(130);
    process.stderr.write("\nlab: stopping (press Ctrl-C again to leave at once) …\n");
    controller.abort(new Error("interrupted"));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** Waits, or rejects at once when interrupted. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (interrupted.aborted) return reject(interrupted.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(interrupted.reason);
    };
    const timer = setTimeout(() => {
      interrupted.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    interrupted.addEventListener("abort", onAbort, { once: true });
  });
}
