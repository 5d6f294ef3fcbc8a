/**
 * Says whether a job still gets somewhere. kafkajs can hang for ever after a broker restart or a session timeout without
 * an error or a crash event; the job then still answers HTTP, and only the missing progress shows that it is dead.
 */
export class Watchdog {
  private last: number;

  /**
   * @param limitMs without progress for longer than this, the job counts as hung @default 120 000
   * @param now milliseconds, monotonic
   */
  constructor(
    private readonly limitMs = 120_000,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.last = now();
  }

  /** Called on every fetch (an empty one too), batch and join. */
  progress(): void {
    this.last = this.now();
  }

  /** Why the job counts as hung, or undefined while it is well. */
  complaint(): string | undefined {
    const idle = this.now() - this.last;
    if (idle <= this.limitMs) return undefined;
    return `no progress for ${Math.round(idle / 1000)} s (limit ${Math.round(this.limitMs / 1000)} s)`;
  }
}
