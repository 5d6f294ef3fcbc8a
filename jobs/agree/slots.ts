import { createHash } from "node:crypto";
import type { OffsetRange } from "../core/kafka-api";

/** Bytes of a digest: enough for two of a million records to be never the same by chance. */
const DIGEST_BYTES = 16;

/** Numbers the records of frozen ranges, one slot each. */
export class Slots {
  /** How many there are; some may hold no record. */
  readonly size: number;
  private readonly bases = new Map<number, { readonly first: number; readonly end: number; readonly base: number }>();

  constructor(readonly ranges: readonly OffsetRange[]) {
    let base = 0;
    for (const { partition, first, end } of ranges) {
      this.bases.set(partition, { first, end, base });
      base += Math.max(0, end - first);
    }
    this.size = base;
  }

  /** The slot of a record; undefined when it is in none of the ranges. */
  of(partition: number | undefined, offset: number | undefined): number | undefined {
    const found = partition === undefined ? undefined : this.bases.get(partition);
    if (!found || offset === undefined || offset < found.first || offset >= found.end) return undefined;
    return found.base + offset - found.first;
  }
}

/** What was made of each record of frozen ranges, by one side: a digest of key and value, and how often it is there. */
export class Made {
  private readonly digests: Buffer;
  private readonly counts: Uint8Array;
  /** Slots of which there are two that are not the same. */
  private readonly unlike = new Set<number>();

  constructor(slots: Slots) {
    this.digests = Buffer.alloc(slots.size * DIGEST_BYTES);
    this.counts = new Uint8Array(slots.size);
  }

  add(slot: number, key: Buffer | null, value: Buffer | null): void {
    const digest = digestOf(key, value);
    const count = this.counts[slot] ?? 0;
    if (count === 0) digest.copy(this.digests, slot * DIGEST_BYTES);
    else if (!this.is(slot, digest)) this.unlike.add(slot);
    this.counts[slot] = Math.min(255, count + 1);
  }

  /** How often there is one. */
  count(slot: number): number {
    return this.counts[slot] ?? 0;
  }

  /** Whether all there are of a slot are the same. */
  alike(slot: number): boolean {
    return !this.unlike.has(slot);
  }

  is(slot: number, digest: Buffer): boolean {
    const at = slot * DIGEST_BYTES;
    return this.digests.compare(digest, 0, DIGEST_BYTES, at, at + DIGEST_BYTES) === 0;
  }

  /** Whether another side has the same of a slot. */
  same(slot: number, other: Made): boolean {
    const at = slot * DIGEST_BYTES;
    return other.is(slot, this.digests.subarray(at, at + DIGEST_BYTES));
  }
}

/** A digest that two pairs of key and value share only when they are the same; null is not empty. */
export function digestOf(key: Buffer | null, value: Buffer | null): Buffer {
  const hash = createHash("sha256").update(`${key?.length ?? -1}/${value?.length ?? -1}/`);
  if (key) hash.update(key);
  if (value) hash.update(value);
  return hash.digest().subarray(0, DIGEST_BYTES);
}
