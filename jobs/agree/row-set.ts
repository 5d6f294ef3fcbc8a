import { createHash } from "node:crypto";

/** A side that has rows. */
export type Side = "spark" | "druid";

const MOST = 65_535;

/**
 * How often two sides have each row of a day. 12 bytes for each of at most three slots per two rows, by the first 8 bytes of a
 * digest: of a million rows two share these by chance once in 30 million days.
 */
export class RowSet {
  private digests = new BigUint64Array(1024);
  private spark = new Uint16Array(1024);
  private druid = new Uint16Array(1024);
  private used = 0;

  add(text: string, side: Side): void {
    if (this.used * 3 > this.digests.length * 2) this.grow();
    const digest = digestOf(text);
    const slot = this.slotOf(digest);
    if (this.digests[slot] === 0n) {
      this.digests[slot] = digest;
      this.used += 1;
    }
    const counts = this[side];
    counts[slot] = Math.min(MOST, (counts[slot] ?? 0) + 1);
  }

  /** How often either side has a row. */
  of(text: string): Readonly<Record<Side, number>> {
    const slot = this.slotOf(digestOf(text));
    return { spark: this.spark[slot] ?? 0, druid: this.druid[slot] ?? 0 };
  }

  /** Rows of each side, and how many of them both have. */
  counts(): Readonly<Record<Side | "both", number>> {
    const sums = { spark: 0, druid: 0, both: 0 };
    for (let slot = 0; slot < this.digests.length; slot += 1) {
      const [left, right] = [this.spark[slot] ?? 0, this.druid[slot] ?? 0];
      sums.spark += left;
      sums.druid += right;
      sums.both += Math.min(left, right);
    }
    return sums;
  }

  private slotOf(digest: bigint): number {
    const mask = this.digests.length - 1;
    let slot = Number(digest & 0xffff_ffffn) & mask;
    while (this.digests[slot] !== 0n && this.digests[slot] !== digest) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { digests, spark, druid } = this;
    const size = digests.length * 2;
    this.digests = new BigUint64Array(size);
    this.spark = new Uint16Array(size);
    this.druid = new Uint16Array(size);
    digests.forEach((digest, slot) => {
      if (digest === 0n) return;
      const to = this.slotOf(digest);
      this.digests[to] = digest;
      this.spark[to] = spark[slot] ?? 0;
      this.druid[to] = druid[slot] ?? 0;
    });
  }
}

/** Never 0, which is an empty slot. */
function digestOf(text: string): bigint {
  return createHash("sha256").update(text).digest().readBigUInt64LE() || 1n;
}
