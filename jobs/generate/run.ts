import { setTimeout } from "node:timers/promises";
import { Counter, Gauge } from "prom-client";
import type { JobContext, RunningJob } from "../core/job";
import type { Kafka, KafkaAdmin, TransactionalWriter } from "../core/kafka-api";
import { messageOf } from "../core/log";
import { PartitionWrites } from "../core/record";
import { type BufferedEvent, EventBuffer } from "./buffer";
import type { GenerateConfig } from "./config";
import { lastId } from "./last-id";

/** Most events in one transaction. */
const MAX_EVENTS_A_FLUSH = 50_000;
const TICK_MS = 100;

/** Starts generating events. Resolves at once; it becomes ready when the first flush is committed. */
export async function runGenerate(context: JobContext<GenerateConfig>, kafka: Kafka): Promise<RunningJob> {
  const generator = new Generator(context, kafka);
  const running = generator.run();
  running.catch((error) => {
    context.log.error("ending: generating cannot go on", { error: messageOf(error) });
    process.exit(1);
  });
  return {
    ready: () => generator.ready && context.watchdog.complaint() === undefined,
    stop: async () => {
      generator.stop();
      await running;
      await kafka.close();
    },
  };
}

/**
 * One transaction per flush, under a `transactional.id` that lets only the newest instance write. The topic itself is the
 * record of what has been written: after a start or a failure its last id is read, behind the fence.
 */
class Generator {
  ready = false;
  private readonly stopping = new AbortController();
  private buffer: EventBuffer | undefined;
  private writer: TransactionalWriter | undefined;
  private admin: KafkaAdmin | undefined;
  private partitions = 1;
  private readonly written: Counter<"topic">;
  private readonly buffered: Gauge;

  constructor(
    private readonly context: JobContext<GenerateConfig>,
    private readonly kafka: Kafka,
  ) {
    const registers = [context.registry];
    this.written = new Counter({
      name: "lab_records_out_total",
      help: "Records written and committed",
      labelNames: ["topic"],
      registers,
    });
    this.buffered = new Gauge({ name: "lab_buffered_events", help: "Events made and not yet written", registers });
  }

  stop(): void {
    this.stopping.abort();
  }

  async run(): Promise<void> {
    const { config, watchdog } = this.context;
    let lastFlush = performance.now();
    const filling = setInterval(() => this.fill(), TICK_MS); // goes on while a flush waits for Kafka
    while (!this.stopping.signal.aborted) {
      if (!this.writer || performance.now() - lastFlush >= config.flushMs) {
        lastFlush = performance.now();
        if (await this.flush()) watchdog.progress();
      }
      await setTimeout(Math.min(TICK_MS, config.flushMs), undefined, { signal: this.stopping.signal }).catch(
        () => undefined,
      );
    }
    clearInterval(filling);
    if (this.writer) await this.flush(); // one attempt: what is not written now was never made
    await this.writer?.close();
    await this.admin?.close();
  }

  private fill(): void {
    this.buffer?.fill(Date.now());
    this.buffered.set(this.buffer?.size ?? 0);
  }

  /** Whether everything up to now is in the topic. Waits a second after a failure. */
  private async flush(): Promise<boolean> {
    try {
      const writer = this.writer ?? (await this.takeOver());
      const buffer = this.buffer;
      if (!buffer) return false;
      for (let events = buffer.peek(MAX_EVENTS_A_FLUSH); events.length > 0; events = buffer.peek(MAX_EVENTS_A_FLUSH)) {
        const writes = this.writesOf(events);
        await writer.transact(writes.list());
        buffer.settle(events.at(-1)?.id ?? -1);
        this.written.inc({ topic: this.context.config.topic }, writes.size);
      }
      this.ready = true;
      return true;
    } catch (error) {
      this.context.log.warn("cannot write now; events are kept", {
        buffered: this.buffer?.size,
        error: messageOf(error),
      });
      const writer = this.writer;
      this.writer = undefined;
      await writer?.close();
      await setTimeout(1_000, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      return false;
    }
  }

  /** Ends every other instance, settles what was begun, and finds out from the topic where to go on. */
  private async takeOver(): Promise<TransactionalWriter> {
    const { config, log } = this.context;
    this.admin ??= await this.kafka.admin();
    const partitions = await this.admin.partitions(config.topic);
    if (partitions === undefined) throw new Error(`the topic ${config.topic} does not exist`);
    this.partitions = partitions;
    const writer = await this.kafka.openTransactional(`generate-${config.topic}`, 60_000, config.compression);
    try {
      const last = await lastId(this.kafka, this.admin, config.topic, config.hello);
      if (this.buffer) this.buffer.settle(last);
      else this.buffer = new EventBuffer(config, last + 1);
      log.info("going on behind the topic's last id", {
        topic: config.topic,
        lastId: last,
        buffered: this.buffer.size,
      });
    } catch (error) {
      await writer.close();
      throw error;
    }
    this.writer = writer;
    return writer;
  }

  private writesOf(events: readonly BufferedEvent[]): PartitionWrites {
    const writes = new PartitionWrites();
    for (const { id, values } of events) {
      for (const value of values) writes.add(this.context.config.topic, id % this.partitions, { key: null, value });
    }
    return writes;
  }
}
