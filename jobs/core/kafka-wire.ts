import Broker from "kafkajs/src/broker";
import RequestQueue from "kafkajs/src/network/requestQueue";
import type { CompressionName } from "./kafka-api";
import type { OutRecord } from "./record";
import { type FetchedBatches, splitBatches } from "./record-batch-reader";
import { encodeBatch } from "./record-batch-writer";

/*
 * How our records travel through kafkajs. kafkajs keeps what it does well (connections, metadata, groups, coordinators);
 * the record format itself is ours, because its own
 * - hands out records of aborted transactions when two of them overlap, and never checks a CRC;
 * - knows no snappy, lz4 or zstd, and crashes the consumer on them;
 * - counts a partition's sequence back after a failed request, so that the broker can take new records for old ones;
 * - groups a request's records in quadratic time, and allocates 512 bytes per record and header.
 * To kafkajs a produce request has one message, the {@link Parcel}, and a fetched partition has one, the {@link Arrival}.
 */

/** All records of one produce request, in the shape of a kafkajs message. */
export interface Parcel {
  readonly partition: number;
  readonly value: null;
  readonly records: readonly OutRecord[];
  readonly compression: CompressionName;
  readonly sequences: Sequences;
  /** Given at the first attempt and kept for every other one: the broker then recognises a repetition. */
  baseSequence?: number;
}

/** Numbers a producer's records per partition; a new producer (id and epoch) starts with a new one. */
export class Sequences {
  private readonly next = new Map<string, number>();

  /** The first of `count` consecutive numbers. They wrap around after 2^31. */
  take(topic: string, partition: number, count: number): number {
    const target = `${topic}/${partition}`;
    const first = this.next.get(target) ?? 0;
    this.next.set(target, (first + count) % 2 ** 31);
    return first;
  }
}

/** Everything one fetch brought of one partition, in the shape of a kafkajs message. */
export interface Arrival extends FetchedBatches {
  /** The last offset covered: what kafkajs resolves. */
  readonly offset: string;
  readonly fetchOffset: number;
}

/** kafkajs's Broker, as far as this file changes it. */
export interface KafkaBroker {
  nodeId: number;
  connectionPool: { send(request: WireRequest): Promise<unknown> };
  lookupRequest(apiKey: number, definition: unknown): (options: never) => WireRequest;
  produce(options: never): Promise<unknown>;
  fetch(options: never): Promise<{ responses: FetchedTopic[] }>;
}

/** A request and how its response is read, as kafkajs passes them to a connection. */
export interface WireRequest {
  request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<WireEncoder> };
  response: { decode: (raw: Buffer) => Promise<unknown>; parse: (decoded: unknown) => Promise<unknown> };
  requestTimeout?: number;
}

/** What kafkajs asks of an encoded request body: it is copied from `buf` up to `offset`. */
interface WireEncoder {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  size(): number;
}

interface ProduceOptions {
  transactionalId?: string | null;
  producerId?: { toString(): string };
  producerEpoch?: number;
  acks: number;
  timeout: number;
  topicData: { topic: string; partitions: { partition: number; messages: Parcel[] }[] }[];
}

interface FetchOptions {
  topics: { topic: string; partitions: { partition: number; fetchOffset: string }[] }[];
}

interface FetchedTopic {
  topicName: string;
  partitions: FetchedPartition[];
}

interface FetchedPartition {
  partition: number;
  errorCode: number;
  highWatermark: string;
  lastStableOffset: string;
  abortedTransactions: never[];
  preferredReadReplica: number;
  messages: Arrival[];
}

let installed = false;

/** Makes kafkajs send and read records as this file does. Idempotent; for the whole process. */
export function installWire(): void {
  if (installed) return;
  installed = true;
  const { produce, fetch } = Broker.prototype;
  Broker.prototype.produce = function (this: KafkaBroker, options: never) {
    return produce.call(withRequest(this, withParcels), options);
  };
  Broker.prototype.fetch = function (this: KafkaBroker, options: never) {
    return fetch.call(withRequest(this, withArrivals), options);
  };
  const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
  RequestQueue.prototype.scheduleCheckPendingRequests = function () {
    // Without this, every request arms a timer for a negative time: a warning a second, and a busy loop.
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

/** The same broker, whose next request passes through `change` with the options it was made from. */
function withRequest(broker: KafkaBroker, change: (request: WireRequest, options: never) => WireRequest): KafkaBroker {
  const lookupRequest: KafkaBroker["lookupRequest"] = (apiKey, definition) => {
    const make = broker.lookupRequest(apiKey, definition);
    return (options) => change(make(options), options);
  };
  return Object.create(broker, { lookupRequest: { value: lookupRequest } });
}

function withParcels(made: WireRequest, options: ProduceOptions): WireRequest {
  if (made.request.apiVersion < 3) throw new Error("Kafka brokers older than 0.11 are not supported");
  return { ...made, request: { ...made.request, encode: async () => encodeProduce(options) } };
}

function withArrivals(made: WireRequest, options: FetchOptions): WireRequest {
  if (made.request.apiVersion !== 11) throw new Error("Kafka brokers older than 2.3 are not supported");
  const decode = async (raw: Buffer) => decodeFetch(raw, options);
  return { ...made, response: { ...made.response, decode } };
}

function encodeProduce({ transactionalId, producerId, producerEpoch = 0, acks, timeout, topicData }: ProduceOptions) {
  const parts: Buffer[] = [string16(transactionalId ?? null), int16(acks), int32(timeout), int32(topicData.length)];
  for (const { topic, partitions } of topicData) {
    parts.push(string16(topic), int32(partitions.length));
    for (const { partition, messages } of partitions) {
      const [parcel] = messages;
      if (!parcel?.records) throw new Error("only parcels can be sent");
      parcel.baseSequence ??= parcel.sequences.take(topic, partition, parcel.records.length);
      const identity = {
        producerId: BigInt(producerId?.toString() ?? -1),
        producerEpoch,
        baseSequence: parcel.baseSequence,
        transactional: transactionalId !== null && transactionalId !== undefined,
      };
      const batch = encodeBatch(parcel.records, identity, parcel.compression, Date.now());
      parts.push(int32(partition), int32(batch.length), batch);
    }
  }
  const buffer = Buffer.concat(parts);
  return { buf: buffer, buffer, offset: buffer.length, size: () => buffer.length };
}

function decodeFetch(raw: Buffer, options: FetchOptions) {
  const reader = new WireReader(raw);
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  const sessionId = reader.int32();
  const responses = reader.array((): FetchedTopic => {
    const topicName = reader.string() ?? "";
    return { topicName, partitions: reader.array(() => decodePartition(reader, topicName, options)) };
  });
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

function decodePartition(reader: WireReader, topic: string, options: FetchOptions): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  reader.int64(); // log start offset
  const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: Number(reader.int64()) }));
  const preferredReadReplica = reader.int32();
  const set = reader.bytes();
  const fetchOffset = requestedOffset(options, topic, partition);
  const fetched = splitBatches(set, aborted);
  const messages: Arrival[] =
    fetched.nextOffset === undefined ? [] : [{ ...fetched, offset: String(fetched.nextOffset - 1), fetchOffset }];
  return {
    partition,
    errorCode,
    highWatermark: String(highWatermark),
    lastStableOffset: String(lastStableOffset),
    abortedTransactions: [],
    preferredReadReplica,
    messages,
  };
}

function requestedOffset({ topics }: FetchOptions, topic: string, partition: number): number {
  for (const asked of topics) {
    if (asked.topic !== topic) continue;
    const found = asked.partitions.find((one) => one.partition === partition);
    if (found) return Number(found.fetchOffset);
  }
  return 0;
}

/** Reads the fields of a Kafka response in order. */
export class WireReader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  int8(): number {
    this.at += 1;
    return this.buffer.readInt8(this.at - 1);
  }

  int16(): number {
    this.at += 2;
    return this.buffer.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.buffer.readInt32BE(this.at - 4);
  }

  int64(): bigint {
    this.at += 8;
    return this.buffer.readBigInt64BE(this.at - 8);
  }

  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.take(length).toString("utf8");
  }

  bytes(): Buffer {
    const length = this.int32();
    return length <= 0 ? Buffer.alloc(0) : this.take(length);
  }

  array<T>(read: () => T): T[] {
    const length = this.int32();
    return length <= 0 ? [] : Array.from({ length }, read);
  }

  private take(length: number): Buffer {
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }
}

/** A nullable string with its length in 16 bits. */
export function string16(text: string | null): Buffer {
  return text === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
}

/** A 16-bit integer. */
export function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

/** A 32-bit integer. */
export function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
