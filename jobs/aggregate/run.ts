import type { ConsumedBatch, Consumption, Kafka, KafkaAdmin, PartitionProducer } from "../core/kafka-api";
import { type Log, messageOf } from "../core/log";
import { mysqlMessage } from "../core/mysql";
import type { Watchdog } from "../core/watchdog";
import { Aggregator, LogReplaced } from "./aggregator";
import type { AggregateSettings } from "./config";
import { type DeadLetterWriter, deadLetterWriter } from "./dead-letters";
import { EventReader } from "./event";
import type { AggregateMetrics } from "./metrics";
import { type AggregateStore, Superseded, WentBack } from "./store";

/** What the runner needs of the world. */
export interface AggregateDeps {
  readonly kafka: Pick<Kafka, "consume">;
  readonly admin: Pick<KafkaAdmin, "committed" | "ranges" | "partitions">;
  readonly producer: Pick<PartitionProducer, "send">;
  readonly store: AggregateStore;
  readonly metrics: AggregateMetrics;
  readonly watchdog: Pick<Watchdog, "progress">;
  readonly log: Log;
  /** First offset per partition that is left out. @default none */
  readonly until?: ReadonlyMap<number, number>;
  /** Called after rows were written. */
  readonly onWritten?: () => Promise<void>;
  /** Called once when the job cannot go on: another configuration has taken over, or the log is another. */
  readonly onEnd: (error: Error) => void;
  /** Pause between two attempts at MySQL, in milliseconds. @default 1000 */
  readonly retryMs?: number;
}

/** A running aggregate job. */
export interface RunningAggregate {
  /** Whether it reads and writes: joined the group, MySQL answers. */
  ready(): boolean;
  /** Writes and commits what was read, leaves the group. */
  stop(): Promise<void>;
}

/** Records counted between two looks at the clock and two heartbeats. Bounds what a failed write keeps in memory. */
const SLICE = 10_000;

/** Reads the topic, counts, writes every `flushMs`. While MySQL is away nothing is read and nothing is lost. */
export async function runAggregate(config: AggregateSettings, deps: AggregateDeps): Promise<RunningAggregate> {
  const { admin, log, metrics, store, watchdog, retryMs = 1_000 } = deps;
  const { topic, groupId, flushMs } = config;
  const writer: DeadLetterWriter = deadLetterWriter(config.deadLetter, admin, deps.producer);
  const rule = {
    sizeMs: config.window.sizeSeconds * 1000,
    watermarkMs: config.window.watermarkSeconds * 1000,
    idleMs: config.window.idleSeconds * 1000,
    maxAheadMs: config.maxAheadSeconds * 1000,
  };
  const aggregator = new Aggregator(
    {
      store,
      log,
      committed: async (partition) =>
        (await admin.committed(groupId, topic)).find((one) => one.partition === partition),
      range: async (partition) => (await admin.ranges(topic)).find((one) => one.partition === partition),
      setAside: async (records) => {
        await writer.write(records);
        metrics.deadLettersWritten(records.length);
      },
      commit: async (commits) => {
        if (commits.length > 0) await consumption?.commit(commits);
      },
      onGap: (_, from, to) => metrics.skipped(to - from),
      onEffect: (effect) => {
        if (effect === "late") metrics.late();
        else if (effect !== "counted" && effect !== "before") metrics.deadLetter(effect);
      },
    },
    { reader: new EventReader(config.tables, rule.maxAheadMs), rule, tables: config.tables.length, until: deps.until },
  );

  let consumption: Consumption | undefined;
  let generation = -1;
  let joined = false;
  let mysqlAway = false;
  let stopping = false;
  let stopped: Promise<void> | undefined;
  let ended = false;
  let lastFlush = performance.now();

  const end = (error: Error) => {
    if (ended) return;
    ended = true;
    deps.onEnd(error);
  };
  const worked = () => {
    if (mysqlAway) log.info("MySQL is back");
    mysqlAway = false;
  };
  const flush = async () => {
    const rows = await aggregator.flush();
    lastFlush = performance.now();
    metrics.rows(rows);
    metrics.openWindows(aggregator.openWindows());
    if (rows.length === 0) return;
    worked();
    await deps.onWritten?.();
  };
  /** Runs work that needs MySQL until it succeeds; the batch waits meanwhile, so nothing more is read. */
  const insist = async <T>(work: () => Promise<T>, batch: ConsumedBatch): Promise<T> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        failed(error);
        if (stopping || isFatal(error) || error instanceof WentBack) throw error;
        watchdog.progress(); // waiting for MySQL is not hanging
        await batch.heartbeat();
        await sleep(retryMs);
      }
    }
  };
  const failed = (error: unknown) => {
    if (isFatal(error)) {
      log.error(messageOf(error));
      end(error);
    } else if (error instanceof WentBack) {
      log.warn("MySQL went back: restoring from the log", { error: messageOf(error) });
      aggregator.drop();
    } else if (!mysqlAway) {
      mysqlAway = true;
      log.warn("cannot write; reading stops until it works again", { error: mysqlMessage(error) });
    }
  };
  const work = async (batch: ConsumedBatch) => {
    if (stopping || ended || batch.generation < generation) return;
    if (batch.generation > generation) {
      aggregator.drop();
      generation = batch.generation;
    }
    if (mysqlAway && aggregator.backlog() > 0) await insist(flush, batch);
    const { partition } = batch;
    if (!aggregator.has(partition)) {
      const from = await insist(() => aggregator.load(partition), batch);
      worked();
      if (from !== batch.fetchOffset) return batch.seek(from);
    }
    aggregator.arrived(partition, batch.fetchOffset);
    for (let at = 0; at < batch.records.length || at === 0; at += SLICE) {
      const slice = batch.records.slice(at, at + SLICE);
      const last = at + SLICE >= batch.records.length;
      metrics.newestEvent(
        aggregator.process(partition, slice, last ? batch.nextOffset : (slice.at(-1)?.offset ?? 0) + 1),
      );
      if (performance.now() - lastFlush >= flushMs || (!last && aggregator.backlog() >= 5 * SLICE)) {
        await insist(flush, batch);
        if (!aggregator.has(partition)) return;
      }
      if (!last) await batch.heartbeat();
    }
    metrics.read(batch.records.length);
    metrics.lag(partition, Math.max(0, batch.highWatermark - batch.nextOffset));
    batch.resolve();
  };

  // Batches and the timer share the aggregator: one at a time.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = tail.then(task, task);
    tail = turn.catch(() => undefined);
    return turn;
  };
  let queued = false;
  const timer = setInterval(() => {
    if (queued || ended) return;
    queued = true;
    inTurn(flush)
      .catch(failed)
      .finally(() => {
        queued = false;
      });
  }, flushMs);

  consumption = await deps.kafka.consume({
    groupId,
    topic,
    // Compressed batches grow tenfold in memory.
    maxBytesPerPartition: 256 * 1024,
    maxBytes: 1024 * 1024,
    onAssigned: () => {
      joined = true;
      metrics.assigned();
    },
    onActivity: () => watchdog.progress(),
    eachBatch: (batch) =>
      inTurn(() => work(batch)).catch((error: unknown) => {
        if (!isFatal(error) && !(error instanceof WentBack)) throw error; // otherwise said already
      }),
  });
  return {
    ready: () => joined && !mysqlAway && !ended && !stopping,
    stop: () => {
      stopped ??= (async () => {
        stopping = true;
        clearInterval(timer);
        if (!ended) await inTurn(flush).catch(failed);
        await consumption?.stop();
      })();
      return stopped;
    },
  };
}

function isFatal(error: unknown): error is Superseded | LogReplaced {
  return error instanceof Superseded || error instanceof LogReplaced;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
