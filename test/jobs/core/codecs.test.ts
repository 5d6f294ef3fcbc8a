import { describe, expect, test } from "vitest";
import { CODEC_IDS, compress, decompress, ExpandsTooFar } from "../../../jobs/core/codecs";
import type { CompressionName } from "../../../jobs/core/kafka-api";
import { fatalWhenUnreadable } from "../../../jobs/core/kafka-consumer";
import { slices, splitBatches, UnreadableBatch } from "../../../jobs/core/record-batch-reader";
import { encodeBatch } from "../../../jobs/core/record-batch-writer";

const LIMIT = 1024 * 1024;
/** 2 MiB of zeros in zstd, made beforehand: not every Node can pack it. */
const ZSTD_ZEROS = Buffer.from(
  "KLUv/QA4AgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAwAQAA==",
  "base64",
);

const packed = (codec: CompressionName, bytes: number) => compress(codec, Buffer.alloc(bytes));
/** Snappy as Java's streams frame it: blocks with their lengths. */
function xerial(blocks: number, bytes: number): Buffer {
  const block = packed("snappy", bytes);
  const length = Buffer.alloc(4);
  length.writeInt32BE(block.length);
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  return Buffer.concat([header, ...Array.from({ length: blocks }, () => Buffer.concat([length, block]))]);
}
/** An LZ4 frame that claims to hold no more than 100 bytes. */
function liar(): Buffer {
  const frame = packed("lz4", 2 * LIMIT);
  const size = Buffer.alloc(8);
  size.writeUInt32LE(100);
  const head = Buffer.from(frame.subarray(0, 6));
  head[4] = (head[4] ?? 0) | 8;
  return Buffer.concat([head, size, frame.subarray(6)]);
}

describe("what expands too far is refused", () => {
  test.each<[string, number, Buffer]>([
    ["gzip", CODEC_IDS.gzip, packed("gzip", LIMIT + 1)],
    ["snappy", CODEC_IDS.snappy, packed("snappy", LIMIT + 1)],
    ["snappy in blocks", CODEC_IDS.snappy, xerial(3, LIMIT / 2)],
    ["lz4", CODEC_IDS.lz4, packed("lz4", LIMIT + 1)],
    ["lz4 that lies about its size", CODEC_IDS.lz4, liar()],
    ["zstd", CODEC_IDS.zstd, ZSTD_ZEROS],
  ])("%s", (_, id, bytes) => {
    expect(() => decompress(id, bytes, LIMIT)).toThrow(ExpandsTooFar);
  });

  test.each<[string, number, Buffer]>([
    ["gzip", CODEC_IDS.gzip, packed("gzip", LIMIT)],
    ["snappy", CODEC_IDS.snappy, packed("snappy", LIMIT)],
    ["snappy in blocks", CODEC_IDS.snappy, xerial(2, LIMIT / 2)],
    ["lz4", CODEC_IDS.lz4, packed("lz4", LIMIT)],
  ])("up to the limit it is not (%s)", (_, id, bytes) => {
    expect(decompress(id, bytes, LIMIT).length).toBe(LIMIT);
  });
  test("up to the limit it is not (zstd)", () => {
    expect(decompress(CODEC_IDS.zstd, ZSTD_ZEROS, 2 * LIMIT).equals(Buffer.alloc(2 * LIMIT))).toBe(true);
  });
});

describe("a batch that can never be unpacked", () => {
  const identity = { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: false };
  const huge = () => {
    const records = Array.from({ length: 65 }, () => ({ key: null, value: Buffer.alloc(LIMIT) }));
    const set = encodeBatch(records, identity, "gzip", 5);
    return [...slices(splitBatches(set, []), "events", 3, 0, 7)];
  };

  test("is an error that names topic, partition and offset", () => {
    expect(huge).toThrow(UnreadableBatch);
    expect(huge).toThrow(
      "the batch of events, partition 3, at offset 0 cannot be unpacked: it expands to more than 25165824 bytes; the job stops, it does not drop records",
    );
  });

  test("ends the consumer, while other failures are tried again", async () => {
    const ended: string[] = [];
    const run = (error: Error) =>
      fatalWhenUnreadable(
        () => Promise.reject(error),
        ({ name }) => ended.push(name),
      );
    await run(new UnreadableBatch("events", 3, 0, "why"));
    await expect(run(new Error("the broker is away"))).rejects.toThrow("away");
    expect(ended).toEqual(["UnreadableBatch"]);
  });
});
