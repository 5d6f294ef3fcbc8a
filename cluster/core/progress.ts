/** Where progress is written; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What the numbers of a step's line say. */
export interface ProgressOptions {
  /** Steps in all, for `[3/8]`. @default unknown: `[3]` */
  total?: number;
  /** @default process.stderr, so that stdout stays for results */
  stream?: ProgressStream;
  /** Milliseconds since any fixed moment. @default performance.now */
  now?: () => number;
  /** Off a terminal, a line is repeated after so long without news. @default 30 000 */
  repeatMs?: number;
}

/** Off a terminal, a changed detail gets a line of its own at most this often. */
const DETAIL_LINE_MS = 5_000;

/** Numbered steps with elapsed times: in place on a terminal; elsewhere a line when something changed and every 30 s. */
export class Progress {
  private started = 0;
  private readonly total: number | undefined;
  private readonly stream: ProgressStream;
  private readonly now: () => number;
  private readonly repeatMs: number;
  private readonly begin: number;
  private active: string | undefined;

  constructor({
    total,
    stream = process.stderr,
    now = () => performance.now(),
    repeatMs = 30_000,
  }: ProgressOptions = {}) {
    this.total = total;
    this.stream = stream;
    this.now = now;
    this.repeatMs = repeatMs;
    this.begin = now();
  }

  /** Milliseconds since this object was made. */
  get elapsedMs(): number {
    return this.now() - this.begin;
  }

  /** Runs one step. What it passes to `report` is shown beside the title; a failure is marked and passed on. */
  async step<T>(title: string, fn: (report: (detail: string) => void) => Promise<T>): Promise<T> {
    this.started += 1;
    const label = `[${this.started}${this.total === undefined ? "" : `/${this.total}`}] ${title}`;
    const begin = this.now();
    let detail = "";
    let lineAt = begin;
    const show = () => {
      this.active = `${label} … ${detail ? `${detail} · ` : ""}${formatElapsed(this.now() - begin)}`;
      this.stream.write(this.stream.isTTY ? `\r\x1b[K${this.clip(this.active)}` : `${this.active}\n`);
      lineAt = this.now();
    };
    show();
    const timer = setInterval(
      () => {
        if (this.stream.isTTY || this.now() - lineAt >= this.repeatMs) show();
      },
      Math.min(1_000, this.repeatMs),
    );
    timer.unref();
    const report = (news: string) => {
      if (news === detail) return;
      detail = news;
      if (this.stream.isTTY || this.now() - lineAt >= DETAIL_LINE_MS) show();
    };
    const finish = (mark: string) => {
      clearInterval(timer);
      this.active = undefined;
      const line = `${label} ${mark}${detail ? ` · ${detail}` : ""} · ${formatElapsed(this.now() - begin)}`;
      this.stream.write(this.stream.isTTY ? `\r\x1b[K${line}\n` : `${line}\n`);
    };
    try {
      const result = await fn(report);
      finish("done");
      return result;
    } catch (error) {
      finish("FAILED");
      throw error;
    }
  }

  /** A line that stays, whatever step is running. */
  note(text: string): void {
    this.stream.write(
      this.stream.isTTY ? `\r\x1b[K${text}\n${this.active ? this.clip(this.active) : ""}` : `${text}\n`,
    );
  }

  private clip(text: string): string {
    const width = (this.stream.columns ?? 120) - 1;
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  }
}

/** `850 ms`, `12 s`, `3 min 05 s`. */
export function formatElapsed(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
