import type { EachBatchPayload } from "kafkajs";
import type { ConsumedBatch, ConsumeOptions, Consumption, KafkaSettings } from "./kafka-api";
import { newClient, PATIENT_RETRY } from "./kafka-client";
import type { Arrival } from "./kafka-wire";
import { patiently } from "./patience";
import { slices, UnreadableBatch } from "./record-batch-reader";

/** How often the topic's partition count is looked up. */
const PARTITION_CHECK_MS = 30_000;

/** Starts a consumer. Resolves when it has been started, which is before it has joined. */
export async function consume(
  settings: KafkaSettings,
  options: ConsumeOptions,
  partitionCount: () => Promise<number | undefined>,
): Promise<Consumption> {
  const { groupId, topic, onActivity = () => undefined, maxRecords = 5_000 } = options;
  const sessionTimeout = options.sessionTimeoutMs ?? 15_000;
  const consumer = newClient(settings).consumer({
    groupId,
    sessionTimeout,
    rebalanceTimeout: 60_000,
    heartbeatInterval: Math.floor(sessionTimeout / 10),
    maxBytesPerPartition: options.maxBytesPerPartition ?? 256 * 1024,
    maxBytes: options.maxBytes ?? 1_048_576,
    maxWaitTimeInMs: options.maxWaitMs ?? 500,
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    retry: PATIENT_RETRY,
  });
  const crash = options.onCrash ?? exitProcess(settings);
  let generation = 0;
  let assigned: readonly number[] = [];
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    generation += 1;
    assigned = [...(payload.memberAssignment[topic] ?? [])].sort((a, b) => a - b);
    settings.log.info("joined the group", { groupId, topic, partitions: assigned, generation });
    onActivity();
    options.onAssigned?.(assigned, generation);
  });
  consumer.on(consumer.events.FETCH, onActivity);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    settings.log.error("the consumer crashed", { error: payload.error.message, restart: payload.restart });
    if (!payload.restart) crash(payload.error);
  });

  const eachBatch = async (payload: EachBatchPayload) => {
    const arrival = arrivalOf(payload);
    onActivity();
    const { partition } = payload.batch;
    const arrivedIn = generation;
    let fetchOffset = arrival.fetchOffset;
    for (const { records, nextOffset } of slices(arrival, topic, partition, fetchOffset, maxRecords)) {
      if (!payload.isRunning() || payload.isStale()) return;
      let resolved = false;
      const batch: ConsumedBatch = {
        topic,
        partition,
        generation: arrivedIn,
        records,
        fetchOffset,
        nextOffset,
        highWatermark: Number(payload.batch.highWatermark),
        resolve: () => {
          resolved = true;
          payload.resolveOffset(String(nextOffset - 1));
        },
        seek: (offset) => consumer.seek({ topic, partition, offset: String(offset) }),
        heartbeat: payload.heartbeat,
      };
      await options.eachBatch(batch);
      if (!resolved) return;
      fetchOffset = nextOffset;
    }
  };
  const run = async () => {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: options.concurrency ?? 1,
      eachBatch: (payload) => fatalWhenUnreadable(() => eachBatch(payload), crash),
    });
  };
  const before = await patiently(
    `the topic ${topic}`,
    async () => {
      const count = await partitionCount();
      if (count === undefined) throw new Error("it does not exist");
      return count;
    },
    settings.log,
  );
  await patiently("Kafka", () => consumer.connect(), settings.log);
  await run();

  // kafkajs assigns partitions when it joins and never looks for new ones.
  let known = before;
  let stopped = false;
  const check = setInterval(async () => {
    const now = await partitionCount().catch(() => undefined);
    if (stopped || now === undefined || now === known) return;
    settings.log.info("the topic has more partitions: joining again", { topic, partitions: now, before: known });
    known = now;
    await consumer.stop();
    if (!stopped) await run().catch(crash);
  }, PARTITION_CHECK_MS);
  check.unref();

  return {
    commit: (offsets) =>
      consumer.commitOffsets(
        offsets.map(({ partition, offset, metadata }) => ({ topic, partition, offset: String(offset), metadata })),
      ),
    seek: (partition, offset) => consumer.seek({ topic, partition, offset: String(offset) }),
    assigned: () => assigned,
    stop: async () => {
      stopped = true;
      clearInterval(check);
      await consumer.disconnect();
    },
  };
}

/** Passes an unreadable batch to `crash`: kafkajs would fetch it again and again. Exported for its test. */
export async function fatalWhenUnreadable(work: () => Promise<void>, crash: (error: Error) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UnreadableBatch)) throw error;
    crash(error);
  }
}

function arrivalOf({ batch }: EachBatchPayload): Arrival {
  const [message] = batch.messages as unknown as Arrival[];
  if (!message?.batches) throw new Error("kafkajs delivered records that were not read by this job's record format");
  return message;
}

function exitProcess({ log }: KafkaSettings): (error: Error) => void {
  return (error) => {
    log.error("ending: the consumer cannot go on", { error: error.message });
    process.exit(1);
  };
}
