import { setTimeout } from "node:timers/promises";
import type { Producer, RecordMetadata, Transaction } from "kafkajs";
import { chunkByBytes } from "./chunk";
import type {
  CompressionName,
  KafkaSettings,
  PartitionProducer,
  TransactionalWriter,
  TransactionOffsets,
} from "./kafka-api";
import { newClient } from "./kafka-client";
import { type Parcel, Sequences } from "./kafka-wire";
import { messageOf } from "./log";
import type { OutRecord, PartitionWrite } from "./record";

/** Below the broker's default limits of 1 MiB a batch and 100 MiB a request. */
export const DEFAULT_MAX_REQUEST_BYTES = 900_000;

/** In a transaction: fast at first (the previous commit's markers take milliseconds), in all about 20 s. */
const TRANSACTION_RETRY = { initialRetryTime: 5, maxRetryTime: 2_000, factor: 0.2, multiplier: 1.7, retries: 20 };

const OUTSIDE_RETRY = { initialRetryTime: 50, maxRetryTime: 2_000, factor: 0.2, multiplier: 2, retries: 12 };

/** A response did not name a partition that was sent. */
export class UnconfirmedSend extends Error {
  override readonly name = "UnconfirmedSend";
}

/**
 * Requests of one partition each, its number given. kafkajs's send over several leaders loses records when a leader moves
 * while it retries, and resolves; and it skips a partition that is missing in its metadata, and resolves.
 */
export async function sendParcels(
  send: (topic: string, parcel: Parcel) => Promise<RecordMetadata[]>,
  { topic, partition, records }: PartitionWrite,
  options: { sequences: Sequences; compression: CompressionName; maxRequestBytes: number },
): Promise<void> {
  const { sequences, compression, maxRequestBytes } = options;
  for (const chunk of chunkByBytes(records, maxRequestBytes)) {
    const response = await send(topic, { partition, value: null, records: chunk, compression, sequences });
    const confirmed = response.some(
      (part) => part.topicName === topic && part.partition === partition && part.errorCode === 0,
    );
    if (!confirmed) throw new UnconfirmedSend(`no confirmation for ${chunk.length} records of ${topic}/${partition}`);
  }
}

/** Opens a transactional writer; resolves when every earlier writer of that id is fenced off and its outcome settled. */
export async function openTransactional(
  settings: KafkaSettings,
  transactionalId: string,
  timeoutMs: number,
  compression: CompressionName,
): Promise<TransactionalWriter> {
  const producer = newClient(settings).producer({
    transactionalId,
    transactionTimeout: timeoutMs,
    allowAutoTopicCreation: false,
    retry: TRANSACTION_RETRY,
    createPartitioner: givenPartition,
  });
  await producer.connect();
  try {
    // The first call asks for the producer id, which is what fences the others off.
    return new Writer(producer, await producer.transaction(), settings, compression);
  } catch (error) {
    await closeQuietly(producer);
    throw error;
  }
}

class Writer implements TransactionalWriter {
  private readonly sequences = new Sequences();
  private usable = true;

  constructor(
    private readonly producer: Producer,
    private transaction: Transaction,
    private readonly settings: KafkaSettings,
    private readonly compression: CompressionName,
  ) {}

  async transact(writes: readonly PartitionWrite[], offsets?: TransactionOffsets): Promise<void> {
    if (!this.usable) throw new Error("this transactional writer has failed before: open a new one");
    this.usable = false; // until all of it has worked
    const { transaction, sequences, compression } = this;
    const maxRequestBytes = this.settings.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES;
    const send = (topic: string, parcel: Parcel) => transaction.send({ topic, acks: -1, messages: [parcel] });
    for (const write of writes) await sendParcels(send, write, { sequences, compression, maxRequestBytes });
    if (offsets) await sendOffsets(transaction, offsets);
    await transaction.commit();
    this.transaction = await this.producer.transaction();
    this.usable = true;
  }

  async close(): Promise<void> {
    this.usable = false;
    await closeQuietly(this.producer);
  }
}

/**
 * kafkajs does not retry CONCURRENT_TRANSACTIONS here, which a broker answers while it still writes the markers of the
 * commit before. Nothing has happened then, so asking again is safe.
 */
export async function sendOffsets(
  transaction: Pick<Transaction, "sendOffsets">,
  { groupId, topic, partition, offset }: TransactionOffsets,
  pauseMs: (attempt: number) => number = (attempt) => Math.min(5 * 1.5 ** attempt, 1_000),
): Promise<void> {
  const topics = [{ topic, partitions: [{ partition, offset: String(offset) }] }];
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await transaction.sendOffsets({ consumerGroupId: groupId, topics });
    } catch (error) {
      if (attempt >= 30 || !isConcurrentTransactions(error)) throw error;
      await setTimeout(pauseMs(attempt));
    }
  }
}

/** Whether an error, or the one behind it, is the broker's CONCURRENT_TRANSACTIONS. */
function isConcurrentTransactions(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("type" in error && error.type === "CONCURRENT_TRANSACTIONS") return true;
  return error.cause !== undefined && isConcurrentTransactions(error.cause);
}

/** Opens a producer outside transactions. */
export async function openProducer(settings: KafkaSettings, compression: CompressionName): Promise<PartitionProducer> {
  const producer = new RenewedProducer(settings, compression);
  await producer.connect();
  return producer;
}

/**
 * Retries until the records are acknowledged. Within one kafkajs producer a repetition is recognised by its sequence;
 * after a final error the producer is made anew, so a record may then be there twice, but none is lost.
 */
class RenewedProducer implements PartitionProducer {
  private current: Promise<Producer> | undefined;
  private sequences = new Sequences();
  private closed = false;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: KafkaSettings,
    private readonly compression: CompressionName,
  ) {}

  async connect(): Promise<Producer> {
    this.current ??= this.open();
    try {
      return await this.current;
    } catch (error) {
      this.current = undefined;
      throw error;
    }
  }

  send(topic: string, partition: number, records: readonly OutRecord[]): Promise<void> {
    const sent = this.turn.then(() => this.sendInTurn({ topic, partition, records }));
    this.turn = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    this.closed = true;
    const producer = await this.current?.catch(() => undefined);
    if (producer) await closeQuietly(producer);
  }

  private async sendInTurn(write: PartitionWrite): Promise<void> {
    const maxRequestBytes = this.settings.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const producer = await this.connect();
        const send = (topic: string, parcel: Parcel) => producer.send({ topic, acks: -1, messages: [parcel] });
        const { sequences, compression } = this;
        return await sendParcels(send, write, { sequences, compression, maxRequestBytes });
      } catch (error) {
        if (this.closed || isTooLarge(error)) throw error;
        this.settings.log.warn("a send failed, trying again with a new producer", {
          topic: write.topic,
          partition: write.partition,
          error: messageOf(error),
        });
        await this.renew();
        await setTimeout(Math.min(100 * 2 ** attempt, 5_000));
      }
    }
  }

  private async open(): Promise<Producer> {
    this.sequences = new Sequences();
    const producer = newClient(this.settings).producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      retry: OUTSIDE_RETRY,
      createPartitioner: givenPartition,
    });
    await producer.connect();
    return producer;
  }

  private async renew(): Promise<void> {
    const producer = await this.current?.catch(() => undefined);
    this.current = undefined;
    if (producer) await closeQuietly(producer);
  }
}

/** Whether the broker refused a record for its size: sending it again cannot help. */
export function isTooLarge(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("type" in error && (error.type === "MESSAGE_TOO_LARGE" || error.type === "RECORD_LIST_TOO_LARGE")) return true;
  return error.cause !== undefined && isTooLarge(error.cause);
}

function givenPartition() {
  return ({ message }: { message: { partition?: number } }) => message.partition ?? 0;
}

async function closeQuietly(producer: Producer): Promise<void> {
  await producer.disconnect().catch(() => undefined);
}
