import * as zlib from "node:zlib";
import { decompress as fzstdDecompress } from "fzstd";
import * as lz4 from "lz4js";
import * as snappy from "snappyjs";
import type { CompressionName } from "./kafka-api";

/** Kafka's numbers of the codecs, in a record batch's attributes. */
export const CODEC_IDS: Readonly<Record<CompressionName, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

/** Most bytes a batch may decompress to: more would not fit a job's memory anyway. */
const MAX_DECOMPRESSED = 64 * 1024 * 1024;

/** Magic of the framing that Java's snappy streams use: then blocks, each with its length. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

const LZ4_BLOCK_BYTES = 4 * 1024 * 1024;

/** Magic, version 1 with independent blocks, blocks of 4 MiB, and the second byte of the XXH32 of those two. */
const LZ4_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);

/** Node's zlib has zstd since 22.15; before that reading falls back to JavaScript, and writing is refused. */
const nativeZstd: { zstdCompressSync?: (b: Buffer) => Buffer; zstdDecompressSync?: (b: Buffer, o: object) => Buffer } =
  zlib;

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

/** Decompresses a batch's records. @param id the codec in the batch's attributes @throws for an unknown codec */
export function decompress(id: number, packed: Buffer): Buffer {
  switch (id) {
    case CODEC_IDS.none:
      return packed;
    case CODEC_IDS.gzip:
      return zlib.gunzipSync(packed, { maxOutputLength: MAX_DECOMPRESSED });
    case CODEC_IDS.snappy:
      return unsnap(packed);
    case CODEC_IDS.lz4:
      return Buffer.from(lz4.decompress(packed));
    case CODEC_IDS.zstd:
      return nativeZstd.zstdDecompressSync
        ? nativeZstd.zstdDecompressSync(packed, { maxOutputLength: MAX_DECOMPRESSED })
        : Buffer.from(fzstdDecompress(packed));
    default:
      throw new Error(`records are compressed with an unknown codec (${id})`);
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

function unsnap(packed: Buffer): Buffer {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return Buffer.from(snappy.uncompress(packed));
  const blocks: Buffer[] = [];
  let at = XERIAL_HEADER_BYTES;
  while (at < packed.length) {
    const length = packed.readInt32BE(at);
    blocks.push(Buffer.from(snappy.uncompress(packed.subarray(at + 4, at + 4 + length))));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
