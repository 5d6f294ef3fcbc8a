import { environment, type FlumeConfig } from "./agent-config";

/** Settings of {@link lambdaCollector}. */
export interface LambdaCollectorSettings {
  readonly bootstrapServers: string;
  /** Topic of raw events. */
  readonly topic: string;
  readonly groupId: string;
  /** Directory of the days: below it there is `dt=YYYY-MM-DD` for each. */
  readonly directory: string;
  /** Age at which a file is closed and shown to readers. */
  readonly rollSeconds: number;
  /** Largest record of the topic. */
  readonly largestMiB: number;
  /** Heap of the agent, see `flumeHeapMiB`. */
  readonly heapMiB: number;
}

/** Share of the heap that records on their way into the channel may take, all of them as large as the largest. */
const RECORDS_SHARE = 0.4;
const MOST_RECORDS = 1000;
/** A batch being put, and those of the next that were read with its last. */
const BATCHES_IN_MEMORY = 2;
const MIB = 1024 ** 2;

/** Most records in one batch, so that even the largest fit into the heap. */
export function recordsPerBatch(heapMiB: number, largestMiB: number): number {
  const fitting = Math.floor((heapMiB * RECORDS_SHARE) / (BATCHES_IN_MEMORY * largestMiB));
  return Math.max(1, Math.min(MOST_RECORDS, fitting));
}

/** Raw events of a topic to one directory of lines for each day, by the events' own Seoul time: the batch layer's input. */
export function lambdaCollector(settings: LambdaCollectorSettings): FlumeConfig {
  const { bootstrapServers, topic, groupId, directory, rollSeconds, largestMiB, heapMiB } = settings;
  const batchSize = recordsPerBatch(heapMiB, largestMiB);
  return {
    sources: {
      events: {
        type: "kafka",
        channels: ["volume"],
        bootstrapServers,
        topics: [topic],
        groupId,
        batchSize,
        consumer: {
          "auto.offset.reset": "earliest",
          "isolation.level": "read_committed", // what enrich reads: nothing that was taken back
          "max.poll.records": batchSize,
          "fetch.max.bytes": 4 * MIB,
          "max.partition.fetch.bytes": MIB,
          // The one instance takes its own place again, without waiting for its former self to be missed.
          "group.instance.id": environment("HOSTNAME"),
          // A full channel must not cost the source its partitions.
          "max.poll.interval.ms": 3_600_000,
        },
        interceptors: [{ type: "event-day", field: "time", header: "dt" }],
      },
    },
    channels: { volume: { type: "file" } },
    sinks: {
      hdfs: {
        type: "hdfs",
        channel: "volume",
        directory,
        partition: "dt=%{dt}",
        filePrefix: "events",
        fileSuffix: ".json",
        rollSeconds,
        rollMiB: 64,
        ...(rollSeconds > 60 ? { idleSeconds: 60 } : {}), // late events are few: their files need not wait for their age
      },
    },
  };
}
