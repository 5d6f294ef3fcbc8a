import { rawEvent } from "../core/raw-event";
import type { KafkaRecord } from "../core/record";

/** What is kept of an event. */
export interface RawEntry {
  readonly id: number;
  readonly timeMs: number;
  /** Kafka's own timestamp, milliseconds. */
  readonly timestamp: number;
  /** Whether every field is what a collector writes: nothing about reading it is a matter of opinion. */
  readonly whole: boolean;
  /** {@link digest} of its time and hello; 0 unless it is whole. */
  readonly digest: number;
}

/** A number that two equal pairs of texts share, and others hardly ever. */
export function digest(time: unknown, hello: unknown): number {
  const text = JSON.stringify([time, hello]);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash | 0;
}

/** The records of one partition of `events`: what is needed of each, in little memory. */
export class RawPartition {
  private ids = new Float64Array(1024);
  private times = new Float64Array(1024);
  private timestamps = new Float64Array(1024);
  /** 0: no record at this offset, 1: not well-formed, 2: well-formed. */
  private kinds = new Uint8Array(1024);
  private digests = new Int32Array(1024);
  private end = 0;

  /** @param first offset of the first record kept by the broker */
  constructor(readonly first: number) {}

  add(record: KafkaRecord): void {
    const at = record.offset - this.first;
    this.grow(at + 1);
    const event = rawEvent(record.value);
    this.ids[at] = event?.id ?? Number.NaN;
    this.times[at] = event?.timeMs ?? Number.NaN;
    this.timestamps[at] = record.timestamp;
    const whole =
      event !== undefined && event.id >= 0 && !Number.isNaN(event.timeMs) && typeof event.hello === "string";
    this.kinds[at] = whole ? 2 : 1;
    this.digests[at] = whole ? digest(event.time, event.hello) : 0;
    this.end = Math.max(this.end, at + 1);
  }

  /** The event at this offset; undefined when there is none. */
  at(offset: number): RawEntry | undefined {
    const at = offset - this.first;
    const kind = this.kinds[at];
    if (kind === undefined || kind === 0) return undefined;
    return {
      id: this.ids[at] ?? Number.NaN,
      timeMs: this.times[at] ?? Number.NaN,
      timestamp: this.timestamps[at] ?? 0,
      whole: kind === 2,
      digest: this.digests[at] ?? 0,
    };
  }

  /** Offsets that hold a record. */
  *offsets(): Iterable<number> {
    for (let at = 0; at < this.end; at += 1) if (this.kinds[at] !== 0) yield at + this.first;
  }

  private grow(length: number): void {
    if (length <= this.kinds.length) return;
    const size = Math.max(length, this.kinds.length * 2);
    const grown = (old: Float64Array<ArrayBuffer>) => {
      const array = new Float64Array(size);
      array.set(old);
      return array;
    };
    this.ids = grown(this.ids);
    this.times = grown(this.times);
    this.timestamps = grown(this.timestamps);
    const digests = new Int32Array(size);
    digests.set(this.digests);
    this.digests = digests;
    const kinds = new Uint8Array(size);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }
}
