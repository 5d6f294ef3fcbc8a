import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32c } from "../../../jobs/core/crc32c";
import type { CompressionName } from "../../../jobs/core/kafka-api";
import type { OutRecord } from "../../../jobs/core/record";
import { slices, splitBatches } from "../../../jobs/core/record-batch-reader";
import { encodeBatch } from "../../../jobs/core/record-batch-writer";

const identity = { producerId: 7n, producerEpoch: 1, baseSequence: 0, transactional: false };
const hasZstd = Number(process.versions.node.split(".")[0]) >= 23 || process.version >= "v22.15";

/** A record set as a broker stores it: offsets given, control batches between. */
function stored(batch: Buffer, baseOffset: number): Buffer {
  const copy = Buffer.from(batch);
  copy.writeBigInt64BE(BigInt(baseOffset), 0);
  return copy;
}

function batchOf(values: string[], producerId: bigint, baseOffset: number, transactional = true): Buffer {
  const records = values.map((value) => ({ key: null, value }));
  return stored(encodeBatch(records, { ...identity, producerId, transactional }, "none", 0), baseOffset);
}

/** A marker that ends a transaction. */
function marker(producerId: bigint, baseOffset: number, kind: "abort" | "commit"): Buffer {
  const key = Buffer.from([0, 0, 0, kind === "abort" ? 0 : 1]);
  const batch = encodeBatch(
    [{ key, value: Buffer.alloc(6) }],
    { ...identity, producerId, transactional: true },
    "none",
    0,
  );
  batch.writeInt16BE(batch.readInt16BE(21) | 32, 21);
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return stored(batch, baseOffset);
}

function valuesOf(set: Buffer, aborted: { producerId: bigint; firstOffset: number }[] = [], from = 0): string[] {
  return [...slices(splitBatches(set, aborted), "t", 0, from, 2)].flatMap(({ records }) =>
    records.map(({ value }) => String(value)),
  );
}

test("crc32c of the check string", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

describe("a batch", () => {
  const part = fc.oneof(
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  const record: fc.Arbitrary<OutRecord> = fc.record({
    key: part,
    value: part,
    headers: fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })), { maxLength: 3 }),
    timestamp: fc.integer({ min: 0, max: 4e12 }),
  });
  const codecs: CompressionName[] = ["none", "gzip", "snappy", "lz4", ...(hasZstd ? (["zstd"] as const) : [])];

  test.each(codecs)("comes back as it was written (%s)", (codec) => {
    const property = fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), (records) => {
      const set = stored(encodeBatch(records, identity, codec, 5), 1_000);
      const parts = [...slices(splitBatches(set, []), "t", 3, 0, 7)];
      expect(parts.at(-1)?.nextOffset).toBe(1_000 + records.length);
      for (const [index, part] of parts.entries()) {
        expect(part.records[0]?.offset).toBe(index === 0 ? 1_000 : parts[index - 1]?.nextOffset);
        expect(part.records.length).toBeLessThanOrEqual(7);
      }
      const back = parts.flatMap((part) => part.records);
      expect(back.map(({ offset }) => offset)).toEqual(records.map((_, index) => 1_000 + index));
      for (const [index, { key, value, timestamp, headers }] of back.entries()) {
        expect({ key, value, timestamp }).toEqual({
          key: records[index]?.key,
          value: records[index]?.value,
          timestamp: records[index]?.timestamp,
        });
        expect(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()])).toEqual(
          [...new Map(records[index]?.headers as [string, string][])].sort(
            (a, b) => Object.keys(headers).indexOf(a[0]) - Object.keys(headers).indexOf(b[0]),
          ),
        );
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  test("has its headers by their own names, however alike those are", () => {
    const names = ["a", "b", "ab", "", "a", "가", "source.partition", "source.partitioN", ...Array(30).keys()].map(
      String,
    );
    const records = names.map((name, index) => ({ key: null, value: null, headers: [[name, `${index}`] as const] }));
    const set = encodeBatch([...records, ...records], identity, "none", 0);
    const read = [...slices(splitBatches(set, []), "t", 0, 0, 100)].flatMap((slice) => slice.records);
    const found = read.map(({ headers }) => Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expect(found).toEqual([...records, ...records].map((record) => record.headers));
  });

  test("is worked on in slices of 4 MiB; a record that has more is a slice of its own", () => {
    const sizes = [1.5, 1.5, 1.5, 1.5, 1.5, 6, 0.1, 0.1];
    const set = batchOf(
      sizes.map((mib) => "x".repeat(mib * 1024 ** 2)),
      1n,
      0,
      false,
    );
    const parts = [...slices(splitBatches(set, []), "t", 0, 0, 100)];
    expect(parts.map(({ records }) => records.length)).toEqual([2, 2, 1, 1, 2]);
    expect(parts.map(({ nextOffset }) => nextOffset)).toEqual([2, 4, 5, 6, 8]);
  });

  test("is cut at the offset asked for", () => {
    expect(valuesOf(batchOf(["a", "b", "c"], 1n, 10), [], 11)).toEqual(["b", "c"]);
  });

  test("that is not there in full is left for the next fetch", () => {
    const whole = batchOf(["a"], 1n, 0);
    const cut = batchOf(["b"], 1n, 1);
    const { batches, nextOffset } = splitBatches(Buffer.concat([whole, cut.subarray(0, cut.length - 1)]), []);
    expect([batches.length, nextOffset]).toEqual([1, 1]);
  });

  test("that is damaged is refused", () => {
    const batch = batchOf(["abc"], 1n, 5);
    batch[batch.length - 2] = (batch[batch.length - 2] ?? 0) ^ 1;
    expect(() => splitBatches(batch, [])).toThrow("the batch at offset 5 is damaged");
  });
});

describe("aborted transactions", () => {
  test("are left out up to their marker, and the same producer's next one is not", () => {
    const set = Buffer.concat([
      batchOf(["dead"], 1n, 0),
      marker(1n, 1, "abort"),
      batchOf(["alive"], 1n, 2),
      marker(1n, 3, "commit"),
    ]);
    expect(valuesOf(set, [{ producerId: 1n, firstOffset: 0 }])).toEqual(["alive"]);
    expect(splitBatches(set, []).nextOffset).toBe(4); // behind the marker, which is no record
  });

  test("that overlap, listed in any order, fetched from the middle, are all left out", () => {
    const set = Buffer.concat([
      batchOf(["dead 2"], 2n, 5),
      batchOf(["alive"], 3n, 6),
      batchOf(["dead 1"], 1n, 7),
      marker(2n, 8, "abort"),
      marker(1n, 9, "abort"),
      marker(3n, 10, "commit"),
    ]);
    const aborted = [
      { producerId: 1n, firstOffset: 3 },
      { producerId: 2n, firstOffset: 1 },
    ];
    expect(valuesOf(set, aborted)).toEqual(["alive"]);
    expect(valuesOf(set, aborted.reverse())).toEqual(["alive"]);
  });

  test("that began one after the other before the first batch fetched are known from that batch on", () => {
    const set = Buffer.concat([batchOf(["dead 2"], 2n, 5), batchOf(["dead 1"], 1n, 6), batchOf(["alive"], 3n, 7)]);
    const aborted = [
      { producerId: 1n, firstOffset: 1 },
      { producerId: 2n, firstOffset: 3 },
    ];
    expect(valuesOf(set, aborted)).toEqual(["alive"]);
  });

  test("that begin later do not hide the ones before them in the broker's list", () => {
    const set = Buffer.concat([batchOf(["dead 1"], 1n, 5), marker(1n, 6, "abort"), batchOf(["dead 2"], 2n, 7)]);
    const aborted = [
      { producerId: 2n, firstOffset: 7 },
      { producerId: 1n, firstOffset: 5 },
    ];
    expect(valuesOf(set, aborted)).toEqual([]);
  });

  test("do not take records outside transactions with them", () => {
    const set = Buffer.concat([batchOf(["plain"], 1n, 0, false), batchOf(["dead"], 1n, 1), marker(1n, 2, "abort")]);
    expect(valuesOf(set, [{ producerId: 1n, firstOffset: 0 }])).toEqual(["plain"]);
  });
});
