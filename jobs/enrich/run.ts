import { ExactlyOnce } from "../core/exactly-once";
import type { JobContext, RunningJob } from "../core/job";
import type { ConsumedBatch, Kafka, KafkaAdmin } from "../core/kafka-api";
import { type Log, messageOf } from "../core/log";
import { checkCommitted, LogCut } from "../core/log-cut";
import { patiently } from "../core/patience";
import type { OutRecord, PartitionWrite } from "../core/record";
import { parseSeoulTimeBytes } from "../core/seoul-time";
import { createStreamMetrics } from "../core/stream-metrics";
import type { EnrichConfig } from "./config";
import { Enricher } from "./enrich";
import { type Targets, transform } from "./transform";

/** Kafka's default of `max.message.bytes`, for a broker that does not say. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

/** `{"time":"` comes before the time in every output value. */
const TIME_START = 9;

/**
 * Starts enriching. Resolves once the consumer runs.
 * @param onFatal called when the job cannot go on; by default the process ends with 1
 */
export async function runEnrich(
  context: JobContext<EnrichConfig>,
  kafka: Kafka,
  onFatal: (error: Error) => void = exitProcess(context.log),
): Promise<RunningJob> {
  const { config, log, registry, watchdog } = context;
  const { topics, groupId } = config;
  const metrics = createStreamMetrics(registry);
  const enricher = new Enricher(config);
  const admin = await patiently("Kafka", () => kafka.admin(), log);
  let targets = await patiently("the topics", () => readTargets(admin, topics), log);

  const exactlyOnce = new ExactlyOnce(
    {
      open: (id) => kafka.openTransactional(id, 60_000, config.compression ?? "none"),
      position: (partition) => committedOrFirst(admin, groupId, topics.input, partition),
    },
    {
      groupId,
      topic: topics.input,
      transactionalId: (partition) => `${groupId}-${topics.input}-${partition}`,
      prepare: async () => {
        targets = await readTargets(admin, topics);
      },
      transform: (records) => transform(records, enricher, topics, targets),
      onCommitted: (batch, records, writes) => {
        metrics.recordsIn.inc({ topic: topics.input }, records.length);
        for (const { topic, records: written } of writes) {
          metrics.recordsOut.inc({ topic }, written.length);
          if (topic === topics.deadLetter)
            for (const letter of written) metrics.deadLetters.inc({ reason: reasonOf(letter) });
        }
        const newest = newestEvent(writes, topics.output);
        if (newest !== undefined) metrics.newestEvent.set({ topic: topics.output }, newest);
        noteLag(batch);
      },
      onGap: (_, from, to) => metrics.skipped.inc({ topic: topics.input }, to - from),
      onFatal,
      log,
    },
  );
  metrics.skipped.inc({ topic: topics.input }, 0);
  const noteLag = ({ partition, highWatermark, nextOffset }: ConsumedBatch) =>
    metrics.consumerLag.set(
      { topic: topics.input, partition: String(partition) },
      Math.max(0, highWatermark - nextOffset),
    );

  let joined = false;
  const consumption = await kafka.consume({
    groupId,
    topic: topics.input,
    concurrency: config.concurrency ?? 2,
    maxBytesPerPartition: config.maxBytesPerPartition,
    onAssigned: () => {
      joined = true;
      metrics.consumerLag.reset();
      exactlyOnce.assigned();
      // An empty log brings no batch that would find out.
      checkAll(admin, groupId, topics.input).catch((error: unknown) => {
        if (error instanceof LogCut) onFatal(error);
        else log.warn("cannot compare the commits with the log", { error: messageOf(error) });
      });
    },
    onActivity: () => watchdog.progress(),
    eachBatch: async (batch) => {
      await exactlyOnce.handle(batch);
      watchdog.progress();
    },
  });
  return {
    ready: () => joined && watchdog.complaint() === undefined,
    stop: async () => {
      await consumption.stop();
      await exactlyOnce.close();
      await admin.close();
      await kafka.close();
    },
  };
}

/** Where a group goes on with a partition. @throws LogCut */
async function committedOrFirst(admin: KafkaAdmin, groupId: string, topic: string, partition: number): Promise<number> {
  const committed = (await admin.committed(groupId, topic)).find((one) => one.partition === partition);
  const range = (await admin.ranges(topic)).find((one) => one.partition === partition);
  if (!committed || !range) throw new Error(`${topic} has no partition ${partition}`);
  checkCommitted(groupId, topic, [committed], [range]);
  return committed.offset ?? range.first;
}

/** @throws LogCut when any partition's log ends before the commit */
async function checkAll(admin: KafkaAdmin, groupId: string, topic: string): Promise<void> {
  const committed = await admin.committed(groupId, topic);
  checkCommitted(groupId, topic, committed, await admin.ranges(topic));
}

function exitProcess(log: Log): (error: Error) => void {
  return (error) => {
    log.error(`ending: ${messageOf(error)}`);
    process.exit(1);
  };
}

async function readTargets(admin: KafkaAdmin, topics: EnrichConfig["topics"]): Promise<Targets> {
  const [outputPartitions, deadLetterPartitions] = await Promise.all([
    admin.partitions(topics.output),
    admin.partitions(topics.deadLetter),
  ]);
  if (!outputPartitions) throw new Error(`the topic ${topics.output} does not exist`);
  if (!deadLetterPartitions) throw new Error(`the topic ${topics.deadLetter} does not exist`);
  return {
    outputPartitions,
    deadLetterPartitions,
    outputMaxBytes: await maxMessageBytes(admin, topics.output),
    deadLetterMaxBytes: await maxMessageBytes(admin, topics.deadLetter),
  };
}

async function maxMessageBytes(admin: KafkaAdmin, topic: string): Promise<number> {
  const value = Number((await admin.topicConfigs(topic)).get("max.message.bytes"));
  return Number.isFinite(value) && value > 0 ? value : DEFAULT_MAX_MESSAGE_BYTES;
}

function reasonOf({ headers = [] }: OutRecord): string {
  return String(headers.find(([name]) => name === "reason")?.[1] ?? "unknown");
}

function newestEvent(writes: readonly PartitionWrite[], output: string): number | undefined {
  let newest: number | undefined;
  for (const { topic, records } of writes) {
    const value = topic === output ? records.at(-1)?.value : undefined;
    const time = Buffer.isBuffer(value) ? parseSeoulTimeBytes(value, TIME_START) : undefined;
    if (time !== undefined && (newest === undefined || time > newest)) newest = time;
  }
  return newest;
}
