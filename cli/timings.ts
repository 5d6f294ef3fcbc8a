import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { cachePath } from "../cluster/core/paths";
import { formatElapsed } from "../cluster/core/progress";

/** How long each step of one command took; printed at its end and kept in `log/timings.jsonl` below the cache. */
export class Timings {
  private readonly steps: { step: string; ms: number }[] = [];
  private readonly begin = performance.now();

  /** Runs and times one step; a step that fails is recorded as well. */
  async time<T>(step: string, fn: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
      return await fn();
    } finally {
      this.steps.push({ step, ms: Math.round(performance.now() - begin) });
    }
  }

  /** `toolchain 2 s, cluster 14 s, … – 1 min 20 s in all`. */
  summary(): string {
    const parts = this.steps.map(({ step, ms }) => `${step} ${formatElapsed(ms)}`);
    return `${parts.join(", ")} – ${formatElapsed(performance.now() - this.begin)} in all`;
  }

  /** Appends the steps as one line of JSON. */
  record(command: string): void {
    const file = cachePath("log", "timings.jsonl");
    const line = {
      at: new Date().toISOString(),
      command,
      totalMs: Math.round(performance.now() - this.begin),
      steps: this.steps,
    };
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  }
}
