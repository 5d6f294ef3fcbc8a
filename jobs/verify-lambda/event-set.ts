/** Places where an event was seen; they add up. */
export const SEEN = {
  hdfs: 1,
  batch: 2,
  speed: 4,
  /** In the topic when the check began: must be everywhere. */
  topic: 8,
  /** In the topic when the check ended: may be anywhere. */
  later: 16,
  /** A dead letter, although it is an event: too large for the topic of enriched events. */
  dead: 32,
  /** In HDFS, in a line that the batch layer takes; others are kept aside. */
  taken: 64,
} as const;

const SECONDS_A_DAY = 86_400;

/** One event, and where it was seen. */
export interface SeenEvent {
  readonly id: bigint;
  /** Second of the day. */
  readonly second: number;
  /** Sum of {@link SEEN}. */
  readonly seen: number;
}

/**
 * The distinct events of one day, by id and second, with the places where each was seen. 13 bytes for each of at most
 * three slots per two events; a Map would take some 150.
 */
export class EventSet {
  private ids = new BigInt64Array(1024);
  /** Second of the day plus one; 0 is an empty slot. */
  private seconds = new Uint32Array(1024);
  private places = new Uint8Array(1024);

  /** How many events there are. */
  size = 0;

  /** Notes that an event was seen somewhere. @param second of the day, 0 to 86 399 */
  mark(id: bigint, second: number, place: number): void {
    if (second < 0 || second >= SECONDS_A_DAY) throw new RangeError(`second ${second} is in no day`);
    if (this.size * 3 > this.ids.length * 2) this.grow();
    const slot = this.slotOf(id, second);
    if (this.seconds[slot] === 0) {
      this.ids[slot] = id;
      this.seconds[slot] = second + 1;
      this.size += 1;
    }
    this.places[slot] = (this.places[slot] ?? 0) | place;
  }

  /** Forgets that events were seen somewhere. */
  unmark(place: number): void {
    for (let slot = 0; slot < this.places.length; slot += 1) this.places[slot] = (this.places[slot] ?? 0) & ~place;
  }

  /** How many events were seen at all of these places, and at none of those. */
  count(at: number, notAt = 0): number {
    let count = 0;
    for (let slot = 0; slot < this.places.length; slot += 1) {
      const seen = this.places[slot] ?? 0;
      if (this.seconds[slot] !== 0 && (seen & at) === at && (seen & notAt) === 0) count += 1;
    }
    return count;
  }

  *[Symbol.iterator](): Iterator<SeenEvent> {
    for (let slot = 0; slot < this.ids.length; slot += 1) {
      const second = this.seconds[slot] ?? 0;
      if (second > 0) yield { id: this.ids[slot] ?? 0n, second: second - 1, seen: this.places[slot] ?? 0 };
    }
  }

  /** Where an event is, or where it goes. */
  private slotOf(id: bigint, second: number): number {
    const mask = this.ids.length - 1;
    const low = Number(BigInt.asIntN(32, id ^ (id >> 32n)));
    let slot = Math.imul(Math.imul(low, 0x9e3779b1) ^ second, 0x85ebca6b);
    slot = (slot ^ (slot >>> 15)) & mask;
    while (this.seconds[slot] !== 0 && !(this.seconds[slot] === second + 1 && this.ids[slot] === id)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow(): void {
    const { ids, seconds, places } = this;
    this.ids = new BigInt64Array(ids.length * 2);
    this.seconds = new Uint32Array(ids.length * 2);
    this.places = new Uint8Array(ids.length * 2);
    for (let slot = 0; slot < ids.length; slot += 1) {
      const second = seconds[slot] ?? 0;
      if (second === 0) continue;
      const id = ids[slot] ?? 0n;
      const to = this.slotOf(id, second - 1);
      this.ids[to] = id;
      this.seconds[to] = second;
      this.places[to] = places[slot] ?? 0;
    }
  }
}
