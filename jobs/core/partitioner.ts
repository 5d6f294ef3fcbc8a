/** Kafka's murmur2, as its Java client hashes keys. Result is an unsigned 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const at = (index: number) => bytes[index] ?? 0;
  let hash = 0x9747b28c ^ length;
  const blocks = length >> 2;
  for (let block = 0; block < blocks; block += 1) {
    const i = block << 2;
    let k = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    k = Math.imul(k, 0x5bd1e995);
    k ^= k >>> 24;
    hash = Math.imul(hash, 0x5bd1e995) ^ Math.imul(k, 0x5bd1e995);
  }
  const rest = blocks << 2;
  const left = length & 3;
  if (left === 3) hash ^= at(rest + 2) << 16;
  if (left >= 2) hash ^= at(rest + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ at(rest), 0x5bd1e995);
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The partition Kafka's default partitioner gives a record with this key. */
export function partitionFor(key: Buffer | string, partitions: number): number {
  return (murmur2(typeof key === "string" ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}
