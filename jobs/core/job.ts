import type { Registry } from "prom-client";
import type { z } from "zod";
import { ConfigError, loadConfig } from "./config";
import { type Answer, createRegistry, serveHealth } from "./http";
import { createLog, type Log, messageOf } from "./log";
import { onShutdown } from "./shutdown";
import { Watchdog } from "./watchdog";

/** What a running streaming job offers to its process. */
export interface RunningJob {
  /** Whether it works now. */
  readonly ready: () => boolean;
  /** Stops fetching, finishes, commits, leaves. */
  readonly stop: () => Promise<void>;
  /** Answers requests beside those for health and metrics. @default there are none */
  readonly answer?: Answer;
}

/** What a streaming job gets from its process. */
export interface JobContext<Config> {
  readonly config: Config;
  readonly log: Log;
  readonly registry: Registry;
  readonly watchdog: Watchdog;
}

/**
 * The main of a job that runs until it is told to stop: reads the config, serves health and metrics, starts the job, and
 * stops it on SIGTERM. Exits 2 for a wrong config, 1 when the job cannot go on.
 */
export async function runStreamJob<Schema extends z.ZodType<{ http: { port: number } }>>(
  name: string,
  schema: Schema,
  start: (context: JobContext<z.infer<Schema>>) => Promise<RunningJob>,
): Promise<void> {
  const log = createLog(name);
  await guarded(log, async () => {
    const config = loadConfig(schema);
    const registry = createRegistry();
    const watchdog = new Watchdog();
    let job: RunningJob | undefined;
    const server = await serveHealth(config.http.port, registry, {
      complaint: () => watchdog.complaint(),
      ready: () => job?.ready() ?? false,
      answer: (request, response) => job?.answer?.(request, response) ?? false,
    });
    let stopRequested = false;
    onShutdown({
      log,
      stop: async () => {
        stopRequested = true;
        await job?.stop();
        await server.close();
      },
    });
    log.info("starting", { port: server.port });
    job = await start({ config, log, registry, watchdog });
    if (stopRequested) await job.stop();
  });
}

/** The main of a job that runs to an end. `run` resolves with the exit code. */
export async function runOnce<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  run: (config: z.infer<Schema>, log: Log) => Promise<number>,
): Promise<void> {
  const log = createLog(name);
  await guarded(log, async () => {
    process.exit(await run(loadConfig(schema), log));
  });
}

/**
 * The main of a job whose output people read: `run` prints plain lines and resolves with the exit code. A wrong config exits 2,
 * a failure 1 with one line that begins with `title`.
 * @param explain what a failure was, in one line
 */
export function runForPeople<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  run: (config: z.infer<Schema>) => Promise<number>,
  {
    title = name,
    explain = messageOf,
  }: { readonly title?: string; readonly explain?: (error: unknown) => string } = {},
): void {
  let config: z.infer<Schema>;
  try {
    config = loadConfig(schema);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  run(config).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stdout.write(`${title}: ${explain(error)}\n`);
      process.exit(1);
    },
  );
}

async function guarded(log: Log, body: () => Promise<void>): Promise<void> {
  process.on("unhandledRejection", (error) => {
    log.error("ending: an error nobody handled", { error: messageOf(error), stack: stackOf(error) });
    process.exit(1);
  });
  try {
    await body();
  } catch (error) {
    const wrongConfig = error instanceof ConfigError;
    log.error(wrongConfig ? "the config is wrong" : "the job failed", {
      error: messageOf(error),
      stack: wrongConfig ? undefined : stackOf(error),
    });
    process.exit(wrongConfig ? 2 : 1);
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
