import type { OutRecord } from "./record";

/** Upper bound of a record's bytes in a batch: varints, attributes and lengths included. */
export function recordBytes({ key, value, headers }: OutRecord): number {
  let bytes = 32 + sizeOf(key) + sizeOf(value);
  if (headers) for (const [name, text] of headers) bytes += 10 + sizeOf(name) + sizeOf(text);
  return bytes;
}

/**
 * Splits records, order kept, into chunks of at most `maxBytes` (of {@link recordBytes}) and `maxRecords`. A record larger
 * than that is alone in its chunk: whether the broker takes it is for the caller to know.
 */
export function* chunkByBytes(
  records: readonly OutRecord[],
  maxBytes: number,
  maxRecords = 10_000,
): Generator<readonly OutRecord[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    const size = recordBytes(record);
    if (index > start && (bytes + size > maxBytes || index - start >= maxRecords)) {
      yield records.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < records.length) yield start === 0 ? records : records.slice(start);
}

function sizeOf(part: Buffer | string | null): number {
  if (part === null) return 0;
  return typeof part === "string" ? Buffer.byteLength(part) : part.length;
}
