import type { Log } from "./log";
import type { KafkaRecord, OutRecord, PartitionWrite } from "./record";

/** How a job reaches Kafka. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly log: Log;
  /** Largest produce request, in bytes. @default 900 000 */
  readonly maxRequestBytes?: number;
  /** A request without an answer fails after this. @default 30 000 */
  readonly requestTimeoutMs?: number;
}

/** Consecutive records of one partition, of one fetch; the committed ones only, control records left out. */
export interface ConsumedBatch {
  readonly topic: string;
  readonly partition: number;
  /** Counts the assignments of this consumer: a new number after every rebalance, also for partitions that were kept. */
  readonly generation: number;
  /** Empty when the fetch brought only control or aborted records: then {@link resolve} is all there is to do. */
  readonly records: readonly KafkaRecord[];
  /** Where this fetch began: the offset resolved or sought before, unless retention has removed that. */
  readonly fetchOffset: number;
  /** Where the next fetch goes on: after the last record, and after control records behind it. */
  readonly nextOffset: number;
  /** End of the partition as the broker knew it. */
  readonly highWatermark: number;
  /** Lets the next fetch go on at {@link nextOffset}. Without it the same records come again. */
  resolve(): void;
  /** The next fetch of this partition starts at this offset. */
  seek(offset: number): void;
  /** To be called at least every few seconds while working. @throws when the group rebalances: stop working then */
  heartbeat(): Promise<void>;
}

/** Settings of {@link Kafka.consume}. */
export interface ConsumeOptions {
  readonly groupId: string;
  readonly topic: string;
  /** Batches of one partition come one after the other, of different partitions at the same time. */
  readonly eachBatch: (batch: ConsumedBatch) => Promise<void>;
  /** Called (synchronously, before any batch of the new generation) when the group has been joined. */
  readonly onAssigned?: (partitions: readonly number[], generation: number) => void;
  /** Called on every sign of life: fetches (empty ones too), batches, joins. For the watchdog. */
  readonly onActivity?: () => void;
  /** Called when the consumer has died for good. @default the process exits with 1 */
  readonly onCrash?: (error: Error) => void;
  /** Partitions worked on at the same time. @default 1 */
  readonly concurrency?: number;
  /** Most bytes per partition and fetch (a larger single batch still comes). @default 256 KiB */
  readonly maxBytesPerPartition?: number;
  /** Most bytes per fetch. @default 1 MiB */
  readonly maxBytes?: number;
  /** Most records per batch; compressed fetches hold many more than their bytes suggest. @default 5000 */
  readonly maxRecords?: number;
  /** Longest wait for data per fetch. @default 500 */
  readonly maxWaitMs?: number;
  /** A member not heard of for longer is dead, and its partitions go to others. @default 15 000 */
  readonly sessionTimeoutMs?: number;
}

/** A running consumer in a group. It commits nothing by itself; a group without commits starts at the beginning. */
export interface Consumption {
  /** Commits offsets (the next to be read) with metadata, in the consumer's generation: fails after a rebalance. */
  commit(offsets: readonly { partition: number; offset: number; metadata?: string }[]): Promise<void>;
  /** The next fetch of this partition starts at this offset. */
  seek(partition: number, offset: number): void;
  /** Assigned partitions. */
  assigned(): readonly number[];
  /** Waits for running batches, leaves the group, disconnects. */
  stop(): Promise<void>;
}

/** A committed offset; `offset` is undefined when the group has committed none for that partition. */
export interface CommittedOffset {
  readonly partition: number;
  readonly offset: number | undefined;
  readonly metadata: string;
}

/** First offset kept, and the end of what committed readers can read now: open transactions lie behind it. */
export interface OffsetRange {
  readonly partition: number;
  readonly first: number;
  readonly end: number;
}

/** A topic as declared. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** Administration. Every call is retried for about half a minute while brokers are unreachable. */
export interface KafkaAdmin {
  /** How many brokers are there. */
  brokers(): Promise<number>;
  /** Partition count, or undefined when the topic does not exist. */
  partitions(topic: string): Promise<number | undefined>;
  ranges(topic: string): Promise<OffsetRange[]>;
  /** Committed offsets of a group, for every partition of the topic, by partition. */
  committed(groupId: string, topic: string): Promise<CommittedOffset[]>;
  /** Sets a group's offsets from outside. @throws when the group has members */
  setOffsets(groupId: string, topic: string, offsets: readonly { partition: number; offset: number }[]): Promise<void>;
  /** Values of a topic's configuration, defaults included. */
  topicConfigs(topic: string): Promise<Map<string, string>>;
  createTopic(topic: TopicSpec): Promise<void>;
  raisePartitions(topic: string, partitions: number): Promise<void>;
  /** Changes the given keys of a topic's configuration, and no others. */
  changeConfigs(topic: string, configs: Readonly<Record<string, string>>): Promise<void>;
  deleteGroup(groupId: string): Promise<void>;
  close(): Promise<void>;
}

/** Offsets that become committed together with a transaction's records. */
export interface TransactionOffsets {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  /** The next offset to be read. */
  readonly offset: number;
}

/**
 * Writes transactions under one `transactional.id`. Opening one ends every earlier writer of that id: its open
 * transaction is aborted, and whatever it tries afterwards fails.
 */
export interface TransactionalWriter {
  /**
   * Writes all or nothing. After any failure the outcome is unknown and this writer is dead: close it, open a new one
   * (which settles the outcome) and read the committed offsets.
   */
  transact(writes: readonly PartitionWrite[], offsets?: TransactionOffsets): Promise<void>;
  /** Never aborts: that could hit a transaction whose commit is under way. */
  close(): Promise<void>;
}

/** Writes records outside transactions: acks all, idempotent, one partition per request, response checked. */
export interface PartitionProducer {
  /** Resolves when all in-sync replicas hold all records. Retries for ever while brokers are unreachable. */
  send(topic: string, partition: number, records: readonly OutRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Compression of written batches. */
export type CompressionName = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** Kafka as jobs use it. `connectKafka` in `kafka.ts` makes one; `test/support/model-broker.ts` has a model. */
export interface Kafka {
  consume(options: ConsumeOptions): Promise<Consumption>;
  /**
   * @param transactionalId its earlier writers are fenced off before this resolves
   * @param timeoutMs the broker aborts a transaction that stays open for longer @default 60 000
   */
  openTransactional(
    transactionalId: string,
    timeoutMs?: number,
    compression?: CompressionName,
  ): Promise<TransactionalWriter>;
  openProducer(compression?: CompressionName): Promise<PartitionProducer>;
  admin(): Promise<KafkaAdmin>;
  /**
   * Reads `from` (inclusive) to `to` (exclusive) of one partition, without a group, in bounded pieces.
   * @param isolation @default "committed"
   */
  readRange(
    topic: string,
    partition: number,
    from: number,
    to: number,
    isolation?: "committed" | "uncommitted",
  ): AsyncIterable<readonly KafkaRecord[]>;
  close(): Promise<void>;
}
