/** What a user needs beside the sentence that says what failed. */
export interface FailureDetails {
  /** File that holds the full output. */
  log?: string;
  /** What to do about it, as a sentence or a command. */
  fix?: string;
  /** Exit code of the command line. @default 1 */
  exitCode?: number;
  /** The error behind it. */
  cause?: unknown;
}

/** A failure meant for the user: printed without a stack trace, as what happened, where the log is and what to do. */
export class LabFailure extends Error {
  readonly log: string | undefined;
  readonly fix: string | undefined;
  readonly exitCode: number;

  constructor(what: string, { log, fix, exitCode = 1, cause }: FailureDetails = {}) {
    super(what, cause === undefined ? undefined : { cause });
    this.name = "LabFailure";
    this.log = log;
    this.fix = fix;
    this.exitCode = exitCode;
  }

  /** The lines a user sees. */
  describe(): string {
    const lines = [this.message];
    if (this.log) lines.push(`  log: ${this.log}`);
    if (this.fix) lines.push(`  fix: ${this.fix}`);
    return lines.join("\n");
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of an error (`ENOENT`, `EACCES`, …), if it carries one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
