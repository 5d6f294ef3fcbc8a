import { hostname } from "node:os";
import { ConfigError, loadConfig } from "../core/config";
import { createRegistry, serveHealth } from "../core/http";
import { connectKafka } from "../core/kafka";
import { createLog } from "../core/log";
import { mysqlMessage, openMysql } from "../core/mysql";
import { onShutdown } from "../core/shutdown";
import { Watchdog } from "../core/watchdog";
import { type AggregateSettings, aggregateSchema } from "./config";
import { aggregateMetrics } from "./metrics";
import { MysqlAggregateStore } from "./partial";
import { beginRecovery, jobName, type Recovery, RecoveryRefused } from "./recovery";
import { type RunningAggregate, runAggregate } from "./run";
import { Superseded } from "./store";

/** Entry point of the jobs `aggregate` and `recover`. Exit codes: 0 stopped or done, 1 failed, 2 config wrong. */
async function main(config: AggregateSettings): Promise<void> {
  const job = config.mode.kind === "recover" ? "recover" : "aggregate";
  const log = createLog(job);
  const registry = createRegistry();
  const watchdog = new Watchdog();
  let running: RunningAggregate | undefined;
  let superseded = false;
  const health = await serveHealth(config.http.port, registry, {
    complaint: () => (superseded ? undefined : watchdog.complaint()),
    ready: () => running?.ready() ?? false,
  });
  const mysql = openMysql(config.mysql, config.mysql.database);
  const kafka = connectKafka({ ...config.kafka, clientId: job, log });
  const admin = await kafka.admin();
  const producer = await kafka.openProducer();
  const rule = {
    windowSeconds: config.window.sizeSeconds,
    watermarkSeconds: config.window.watermarkSeconds,
    maxAheadSeconds: config.maxAheadSeconds,
  };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await running?.stop();
      await Promise.all([producer.close(), admin.close(), mysql.close(), health.close()]);
      await kafka.close();
    })();
    return stopped;
  };
  onShutdown({ log, stop });

  let recovery: Recovery | undefined;
  if (config.mode.kind === "recover") {
    const id = config.mode.id ?? jobName(hostname());
    const table = config.tables[0]?.table ?? ""; // the config allows one
    const options = { id, database: config.mysql.database, table, topic: config.topic, rule };
    recovery = await beginRecovery(mysql, admin, kafka, options, log);
  }
  const ends = config.mode.kind === "recover" && !config.mode.follow ? recovery?.ends : undefined;
  const exit = (code: number) => stop().finally(() => process.exit(code));
  const onWritten = async () => {
    if (!(await recovery?.caughtUp())) return;
    recovery = undefined;
    if (ends) setImmediate(() => exit(0)); // not within the write that told us
  };
  running = await runAggregate(config, {
    kafka,
    admin,
    producer,
    store: new MysqlAggregateStore(mysql, config.mysql.database, config.tables, rule, recovery?.run),
    metrics: aggregateMetrics(registry, config),
    watchdog,
    log,
    until: ends,
    onWritten,
    onEnd: (error) => {
      if (!(error instanceof Superseded)) exit(1);
      else if (config.mode.kind === "recover") exit(0);
      else {
        // Ending would only bring the old configuration back, in a restarted container: wait to be stopped instead.
        superseded = true;
        log.warn("another configuration fills these tables now; this process writes no more and waits to be stopped");
        void running?.stop();
      }
    },
  });
  await onWritten(); // an empty topic is caught up without any write
}

try {
  main(loadConfig(aggregateSchema)).catch((error: unknown) => {
    createLog("aggregate").error(mysqlMessage(error));
    process.exit(error instanceof RecoveryRefused && error.replaced ? 0 : 1);
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`aggregate: ${error.message}\n`);
  process.exitCode = 2;
}
