import * as zlib from "node:zlib";
import { Decompress as ZstdStream } from "fzstd";
import * as lz4 from "lz4js";
import * as snappy from "snappyjs";
import type { CompressionName } from "./kafka-api";

/** Kafka's numbers of the codecs, in a record batch's attributes. */
export const CODEC_IDS: Readonly<Record<CompressionName, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

/** Most bytes a batch may decompress to, twelve times the largest there may be: two at once fit the smallest job's memory. */
const MAX_DECOMPRESSED = 24 * 1024 * 1024;
const LEAST_CHUNK = 1024;

/** Magic of the framing that Java's snappy streams use: then blocks, each with its length. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

const LZ4_BLOCK_BYTES = 4 * 1024 * 1024;

/** Magic, version 1 with independent blocks, blocks of 4 MiB, and the second byte of the XXH32 of those two. */
const LZ4_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);

/** Node's zlib has zstd since 22.15; before that reading falls back to JavaScript, and writing is refused. */
const nativeZstd: { zstdCompressSync?: (b: Buffer) => Buffer; zstdDecompressSync?: (b: Buffer, o: object) => Buffer } =
  zlib;

/** A batch that would take more memory than a job has. */
export class ExpandsTooFar extends Error {
  override readonly name = "ExpandsTooFar";
  /** @param limit in bytes */
  constructor(limit: number) {
    super(`it expands to more than ${limit} bytes`);
  }
}

/** Compresses a batch's records. @throws for zstd on a Node without it */
export function compress(codec: CompressionName, plain: Buffer): Buffer {
  switch (codec) {
    case "none":
      return plain;
    case "gzip":
      return zlib.gzipSync(plain);
    case "snappy":
      return Buffer.from(snappy.compress(plain));
    case "lz4":
      return lz4Frame(plain);
    case "zstd":
      if (!nativeZstd.zstdCompressSync) throw new Error("writing zstd needs Node 22.15 or newer");
      return nativeZstd.zstdCompressSync(plain);
  }
}

/**
 * Decompresses a batch's records.
 * @param id the codec in the batch's attributes
 * @param limit most bytes they may have; not much more memory than that is ever taken
 * @throws ExpandsTooFar beyond the limit, other errors for an unknown codec and for what is not compressed at all
 */
export function decompress(id: number, packed: Buffer, limit = MAX_DECOMPRESSED): Buffer {
  switch (id) {
    case CODEC_IDS.none:
      return packed;
    case CODEC_IDS.gzip:
      return bounded(limit, () =>
        zlib.gunzipSync(packed, { maxOutputLength: limit, chunkSize: gzipChunk(packed, limit) }),
      );
    case CODEC_IDS.snappy:
      return unsnap(packed, limit);
    case CODEC_IDS.lz4:
      return unlz4(packed, limit);
    case CODEC_IDS.zstd: {
      const { zstdDecompressSync } = nativeZstd;
      if (!zstdDecompressSync) return unzstd(packed, limit);
      return bounded(limit, () => zstdDecompressSync(packed, { maxOutputLength: limit }));
    }
    default:
      throw new Error(`records are compressed with an unknown codec (${id})`);
  }
}

/** What gzip says, in its last four bytes, that it expands to, and one more: in one piece, the pieces need not be joined. */
function gzipChunk(packed: Buffer, limit: number): number {
  const said = packed.length >= 4 ? packed.readUInt32LE(packed.length - 4) : 0;
  return Math.max(LEAST_CHUNK, Math.min(said, limit) + 1);
}

/** Says in our words that Node's zlib has stopped at the limit. */
function bounded(limit: number, work: () => Buffer): Buffer {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"
      ? new ExpandsTooFar(limit)
      : error;
  }
}

/**
 * An LZ4 frame as Kafka accepts it: blocks that do not refer to each other, said so in the header. lz4js does not say so,
 * and lets later blocks refer to earlier ones; hence each block is compressed as a frame of its own and cut out.
 */
function lz4Frame(plain: Buffer): Buffer {
  const parts: Buffer[] = [LZ4_HEADER];
  for (let at = 0; at < plain.length; at += LZ4_BLOCK_BYTES) {
    const frame = lz4.compress(plain.subarray(at, at + LZ4_BLOCK_BYTES));
    parts.push(Buffer.from(frame.buffer, frame.byteOffset + LZ4_HEADER.length, frame.length - LZ4_HEADER.length - 4));
  }
  parts.push(Buffer.alloc(4));
  return Buffer.concat(parts);
}

function unlz4(packed: Buffer, limit: number): Buffer {
  // The bound is what the header says or full blocks would take. What a block holds beyond the target is counted, not kept.
  const target = new Uint8Array(Math.min(lz4.decompressBound(packed), limit));
  const size = lz4.decompressFrame(packed, target);
  if (size > limit) throw new ExpandsTooFar(limit);
  if (size > target.length) throw new Error("an LZ4 frame holds more than its header says");
  return Buffer.from(target.buffer, 0, size);
}

function unzstd(packed: Buffer, limit: number): Buffer {
  const parts: Uint8Array[] = [];
  let size = 0;
  const stream = new ZstdStream((part) => {
    size += part.length;
    if (size > limit) throw new ExpandsTooFar(limit);
    parts.push(part);
  });
  stream.push(packed, true);
  return Buffer.concat(parts);
}

function unsnap(packed: Buffer, limit: number): Buffer {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return unsnapBlock(packed, limit, limit);
  const blocks: Buffer[] = [];
  let size = 0;
  let at = XERIAL_HEADER_BYTES;
  while (at < packed.length) {
    const length = packed.readInt32BE(at);
    const block = unsnapBlock(packed.subarray(at + 4, at + 4 + length), limit - size, limit);
    blocks.push(block);
    size += block.length;
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function unsnapBlock(packed: Buffer, left: number, limit: number): Buffer {
  try {
    return Buffer.from(snappy.uncompress(packed, left));
  } catch (error) {
    throw error instanceof Error && error.message.includes("too big") ? new ExpandsTooFar(limit) : error;
  }
}
