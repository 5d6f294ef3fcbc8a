/** How much a line matters. */
export type Level = "debug" | "info" | "warn" | "error";

/** Writes one JSON object per line: time, level, job, message, then the given fields. */
export interface Log {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

const ORDER: Level[] = ["debug", "info", "warn", "error"];

/**
 * The log of a job.
 * @param write takes a line with its end @default stdout
 * @param least lines of a lower level are dropped @default "info"
 */
export function createLog(
  job: string,
  write: (line: string) => void = (line) => process.stdout.write(line),
  least: Level = "info",
): Log {
  const at =
    (level: Level) =>
    (message: string, fields: object = {}) => {
      if (ORDER.indexOf(level) < ORDER.indexOf(least)) return;
      write(`${JSON.stringify({ time: new Date().toISOString(), level, job, message, ...fields })}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
