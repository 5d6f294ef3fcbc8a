import { CODEC_IDS, compress } from "./codecs";
import { crc32c } from "./crc32c";
import type { CompressionName } from "./kafka-api";
import type { OutRecord } from "./record";
import {
  ATTRIBUTES,
  BASE_SEQUENCE,
  BASE_TIMESTAMP,
  CRC,
  LAST_OFFSET_DELTA,
  LEADER_EPOCH,
  LENGTH,
  MAGIC,
  MAX_TIMESTAMP,
  PRODUCER_EPOCH,
  PRODUCER_ID,
  RECORD_COUNT,
  RECORDS,
  TRANSACTIONAL,
} from "./record-batch-layout";

/** What identifies a batch to the broker beside its records. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Number of the first record among all this producer wrote to the partition. */
  readonly baseSequence: number;
  readonly transactional: boolean;
}

/**
 * A record batch (magic 2) with the given records. It is valid until the next call, which may overwrite it: the caller copies
 * it into its request at once.
 */
export function encodeBatch(
  records: readonly OutRecord[],
  identity: BatchIdentity,
  compression: CompressionName,
  now: number,
): Buffer {
  const writer = new BatchWriter();
  const first = records[0]?.timestamp ?? now;
  let latest = first;
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] as OutRecord;
    const timestamp = record.timestamp ?? now;
    if (timestamp > latest) latest = timestamp;
    writer.record(record, index, timestamp - first);
  }
  let batch = writer.buffer;
  let end = writer.end;
  if (compression !== "none") {
    const packed = compress(compression, batch.subarray(RECORDS, end));
    batch = Buffer.concat([batch.subarray(0, RECORDS), packed]);
    end = batch.length;
  }
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(end - LENGTH - 4, LENGTH);
  batch.writeInt32BE(-1, LEADER_EPOCH); // leader epoch: the broker's
  batch[MAGIC] = 2;
  batch.writeInt16BE(CODEC_IDS[compression] | (identity.transactional ? TRANSACTIONAL : 0), ATTRIBUTES);
  batch.writeInt32BE(records.length - 1, LAST_OFFSET_DELTA);
  writeLong(batch, first, BASE_TIMESTAMP);
  writeLong(batch, latest, MAX_TIMESTAMP);
  batch.writeBigInt64BE(identity.producerId, PRODUCER_ID);
  batch.writeInt16BE(identity.producerEpoch, PRODUCER_EPOCH);
  batch.writeInt32BE(identity.baseSequence, BASE_SEQUENCE);
  batch.writeInt32BE(records.length, RECORD_COUNT);
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES, end), CRC);
  return batch.subarray(0, end);
}

/** Where batches are put together: reused, because V8 would let hundreds of megabytes of dropped buffers pile up. */
let workspace = Buffer.allocUnsafeSlow(64 * 1024);

/** What a workspace may grow to and be kept. */
const MAX_WORKSPACE = 4 * 1024 * 1024;

/** Writes records one after the other behind the room for the batch's head. */
class BatchWriter {
  buffer = workspace;
  end = RECORDS;

  record({ key, value, headers }: OutRecord, index: number, timestampDelta: number): void {
    const keyBytes = bytesOf(key);
    const valueBytes = bytesOf(value);
    let size = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(index);
    size += sizeOfPart(keyBytes) + sizeOfPart(valueBytes) + sizeOfVarint(headers?.length ?? 0);
    if (headers) {
      for (const [name, text] of headers) {
        const nameLength = Buffer.byteLength(name);
        const textLength = typeof text === "string" ? Buffer.byteLength(text) : text.length;
        size += sizeOfVarint(nameLength) + nameLength + sizeOfVarint(textLength) + textLength;
      }
    }
    this.reserve(size + 10);
    this.varint(size);
    this.buffer[this.end++] = 0;
    this.varlong(timestampDelta);
    this.varint(index);
    this.part(keyBytes);
    this.part(valueBytes);
    this.varint(headers?.length ?? 0);
    if (headers) {
      for (const [name, text] of headers) {
        this.text(name);
        if (typeof text === "string") this.text(text);
        else this.part(text);
      }
    }
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.end + bytes));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
    if (larger.length <= MAX_WORKSPACE) workspace = larger;
  }

  private varint(value: number): void {
    let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
    while (zigzag > 127) {
      this.buffer[this.end++] = (zigzag & 127) | 128;
      zigzag >>>= 7;
    }
    this.buffer[this.end++] = zigzag;
  }

  private varlong(value: number): void {
    let zigzag = value >= 0 ? value * 2 : -value * 2 - 1;
    while (zigzag > 127) {
      this.buffer[this.end++] = (zigzag % 128) | 128;
      zigzag = Math.floor(zigzag / 128);
    }
    this.buffer[this.end++] = zigzag;
  }

  private part(bytes: Buffer | null): void {
    if (bytes === null) {
      this.varint(-1);
      return;
    }
    this.varint(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Short texts (header names and numbers) byte by byte: cheaper than a call into C++ while they are ASCII. */
  private text(text: string): void {
    const length = text.length;
    const start = this.end + sizeOfVarint(length);
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127) {
        this.part(Buffer.from(text));
        return;
      }
      this.buffer[start + index] = code;
    }
    this.varint(length);
    this.end = start + length;
  }
}

function bytesOf(part: Buffer | string | null): Buffer | null {
  return typeof part === "string" ? Buffer.from(part) : part;
}

function sizeOfPart(bytes: Buffer | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length;
}

function sizeOfVarint(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 128 ? 1 : zigzag < 16_384 ? 2 : zigzag < 2_097_152 ? 3 : zigzag < 268_435_456 ? 4 : 5;
}

function sizeOfVarlong(value: number): number {
  let zigzag = value >= 0 ? value * 2 : -value * 2 - 1;
  let bytes = 1;
  for (; zigzag > 127; zigzag = Math.floor(zigzag / 128)) bytes += 1;
  return bytes;
}

function writeLong(buffer: Buffer, value: number, at: number): void {
  buffer.writeInt32BE(Math.floor(value / 4_294_967_296), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}
