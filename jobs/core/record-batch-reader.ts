import { decompress } from "./codecs";
import { crc32c } from "./crc32c";
import { messageOf } from "./log";
import type { Headers, KafkaRecord } from "./record";
import {
  ATTRIBUTES,
  BASE_TIMESTAMP,
  CODEC_MASK,
  CONTROL,
  CRC,
  LAST_OFFSET_DELTA,
  LENGTH,
  LOG_APPEND_TIME,
  MAGIC,
  MAX_TIMESTAMP,
  PRODUCER_ID,
  RECORD_COUNT,
  RECORDS,
  TRANSACTIONAL,
} from "./record-batch-layout";

/** Most bytes of a slice's records, but for one record that has more: what is made of them takes several times as much. */
const SLICE_BYTES = 4 * 1024 * 1024;
const NO_HEADERS: Headers = Object.freeze(Object.create(null));

/** A stretch of the log one producer's aborted transaction may cover, from its first record on. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** Batches as fetched: still packed, CRC checked, aborted and control batches left out. */
export interface FetchedBatches {
  readonly batches: readonly Buffer[];
  /** Behind the last complete batch; undefined when there was none. */
  readonly nextOffset: number | undefined;
}

/**
 * Cuts a fetched record set into batches. Aborted transactions are matched as Kafka's own client does: the broker lists
 * them in no useful order, several may be open at once, and an abort marker ends one. (kafkajs takes one per record in
 * the order given, and so hands out aborted records when two overlap.)
 * @throws when a batch's CRC is wrong, or its format older than Kafka 0.11
 */
export function splitBatches(set: Buffer, aborted: readonly AbortedTransaction[]): FetchedBatches {
  const upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const dead = new Set<bigint>();
  const batches: Buffer[] = [];
  let nextOffset: number | undefined;
  let at = 0;
  while (at + RECORDS <= set.length) {
    const size = LENGTH + 4 + set.readInt32BE(at + LENGTH);
    if (at + size > set.length) break; // the broker cuts a response anywhere; the rest comes with the next fetch
    const batch = set.subarray(at, at + size);
    at += size;
    checkBatch(batch);
    const last = readLong(batch, 0) + batch.readInt32BE(LAST_OFFSET_DELTA);
    nextOffset = last + 1;
    while (upcoming[0] !== undefined && upcoming[0].firstOffset <= last) dead.add(upcoming.shift()?.producerId ?? -1n);
    const attributes = batch.readInt16BE(ATTRIBUTES);
    const producerId = batch.readBigInt64BE(PRODUCER_ID);
    if (attributes & CONTROL) {
      if (isAbortMarker(batch)) dead.delete(producerId);
    } else if (!(attributes & TRANSACTIONAL && dead.has(producerId))) {
      batches.push(batch);
    }
  }
  return { batches, nextOffset };
}

/** Consecutive records of a partition, and where they end. */
export interface Slice {
  readonly records: readonly KafkaRecord[];
  /** Behind the last of them; of the last slice, behind everything that was fetched. */
  readonly nextOffset: number;
}

/**
 * The records of fetched batches from an offset on (a batch is always fetched whole), at most so many and {@link SLICE_BYTES} at a
 * time: a batch is decompressed when its turn has come, and only records that are being worked on are in memory. At least one slice,
 * which is empty when there are no records.
 * @throws UnreadableBatch
 */
export function* slices(
  { batches, nextOffset = 0 }: FetchedBatches,
  topic: string,
  partition: number,
  from: number,
  maxRecords: number,
): Generator<Slice> {
  let records: KafkaRecord[] = [];
  let bytes = 0;
  for (const batch of batches) {
    for (const record of recordsIn(batch, topic, partition)) {
      if (record.offset < from) continue;
      if (records.length >= maxRecords || (records.length > 0 && bytes + record.bytes > SLICE_BYTES)) {
        yield { records, nextOffset: record.offset };
        records = [];
        bytes = 0;
      }
      records.push(record);
      bytes += record.bytes;
    }
  }
  yield { records, nextOffset };
}

function* recordsIn(batch: Buffer, topic: string, partition: number): Generator<LogRecord> {
  const baseOffset = readLong(batch, 0);
  const attributes = batch.readInt16BE(ATTRIBUTES);
  const baseTimestamp = readLong(batch, BASE_TIMESTAMP);
  const appended = attributes & LOG_APPEND_TIME ? readLong(batch, MAX_TIMESTAMP) : undefined;
  const count = batch.readInt32BE(RECORD_COUNT);
  const body = unpacked(attributes & CODEC_MASK, batch.subarray(RECORDS), topic, partition, baseOffset);
  const reader = new VarintReader(body);
  for (let index = 0; index < count; index += 1) {
    const length = reader.varint();
    const end = reader.at + length;
    reader.at += 1; // attributes: none defined
    const delta = reader.varlong();
    const offset = baseOffset + reader.varint();
    const keyLength = reader.varint();
    const keyStart = reader.at;
    if (keyLength > 0) reader.at += keyLength;
    const valueLength = reader.varint();
    const timestamp = appended ?? baseTimestamp + delta;
    yield new LogRecord(topic, partition, offset, timestamp, body, keyStart, keyLength, reader.at, valueLength, end);
    reader.at = end;
  }
}

/** A batch that can never be read, however often it is fetched: the job stops, it does not drop records. */
export class UnreadableBatch extends Error {
  override readonly name = "UnreadableBatch";
  constructor(topic: string, partition: number, offset: number, why: string) {
    super(
      `the batch of ${topic}, partition ${partition}, at offset ${offset} cannot be unpacked: ${why}; ` +
        "the job stops, it does not drop records",
    );
  }
}

function unpacked(codec: number, packed: Buffer, topic: string, partition: number, offset: number): Buffer {
  try {
    return decompress(codec, packed);
  } catch (error) {
    throw new UnreadableBatch(topic, partition, offset, messageOf(error));
  }
}

/** Cuts key, value and headers out of the batch only when asked: most jobs need one of the three. */
class LogRecord implements KafkaRecord {
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly offset: number,
    readonly timestamp: number,
    private readonly body: Buffer,
    private readonly keyStart: number,
    private readonly keyLength: number,
    private readonly valueStart: number,
    private readonly valueLength: number,
    private readonly end: number,
  ) {}

  get bytes(): number {
    return this.end - this.keyStart;
  }

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : this.body.subarray(this.keyStart, this.keyStart + this.keyLength);
  }

  get value(): Buffer | null {
    return this.valueLength < 0 ? null : this.body.subarray(this.valueStart, this.valueStart + this.valueLength);
  }

  get headers(): Headers {
    const reader = new VarintReader(this.body, this.valueStart + Math.max(0, this.valueLength));
    if (reader.at >= this.end) return NO_HEADERS;
    const count = reader.varint();
    if (count === 0) return NO_HEADERS;
    const headers: Record<string, Buffer> = Object.create(null);
    for (let index = 0; index < count; index += 1) {
      const name = reader.name();
      headers[name] = reader.bytes() ?? Buffer.alloc(0);
    }
    return headers;
  }
}

class VarintReader {
  constructor(
    private readonly body: Buffer,
    public at = 0,
  ) {}

  varint(): number {
    let byte = this.body[this.at++] as number;
    let value = byte & 127;
    for (let shift = 7; byte & 128; shift += 7) {
      byte = this.body[this.at++] as number;
      value |= (byte & 127) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** Exact up to 2^53, which is enough for milliseconds. */
  varlong(): number {
    let byte = this.body[this.at++] as number;
    let value = byte & 127;
    for (let scale = 128; byte & 128; scale *= 128) {
      byte = this.body[this.at++] as number;
      value += (byte & 127) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    return this.body.subarray(start, start + length);
  }

  name(): string {
    const length = Math.max(0, this.varint());
    const start = this.at;
    this.at += length;
    return nameAt(this.body, start, length);
  }
}

/** Names of headers that were read before: nearly all records carry the same few. */
const names: { readonly bytes: Buffer; readonly text: string }[] = [];
const MOST_NAMES = 16;

function nameAt(body: Buffer, start: number, length: number): string {
  for (const { bytes, text } of names) if (bytes.length === length && isAt(bytes, body, start)) return text;
  const bytes = Buffer.from(body.subarray(start, start + length)); // a copy: the batch is not to be kept
  const text = bytes.toString("utf8");
  if (names.length < MOST_NAMES) names.push({ bytes, text });
  return text;
}

function isAt(bytes: Buffer, body: Buffer, start: number): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== body[start + at]) return false;
  return true;
}

function checkBatch(batch: Buffer): void {
  const offset = readLong(batch, 0);
  if (batch[MAGIC] !== 2) throw new Error(`the batch at offset ${offset} has the unsupported format ${batch[MAGIC]}`);
  const crc = crc32c(batch, ATTRIBUTES);
  if (crc !== batch.readUInt32BE(CRC)) throw new Error(`the batch at offset ${offset} is damaged: its CRC is wrong`);
}

function isAbortMarker(batch: Buffer): boolean {
  const reader = new VarintReader(batch, RECORDS);
  reader.varint(); // length
  reader.at += 1;
  reader.varlong();
  reader.varint();
  const key = reader.bytes();
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
}

function readLong(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 4_294_967_296 + buffer.readUInt32BE(at + 4);
}
