/**
 * A record as read from Kafka. Offsets and timestamps are numbers: exact up to 2^53, which a partition reaches after
 * 285 years at a million records a second, and far cheaper than strings or BigInt.
 */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka's own timestamp of the record, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Header values by name; the last one wins when a name repeats. */
  readonly headers: Headers;
}

/** Headers of a record that was read. Has no prototype, so `__proto__` is a name like any other. */
export type Headers = Readonly<Record<string, Buffer>>;

/** A record to be written. Strings are written as UTF-8. */
export interface OutRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: readonly OutHeader[];
  /** Milliseconds since 1970. @default the time of the request */
  readonly timestamp?: number;
}

/** Name and value of a header. */
export type OutHeader = readonly [name: string, value: Buffer | string];

/** Records by topic and partition, in the order in which they will be in the log. */
export interface PartitionWrite {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutRecord[];
}

/** Collects records by topic and partition, keeping their order. */
export class PartitionWrites {
  private readonly byTarget = new Map<string, { topic: string; partition: number; records: OutRecord[] }>();

  add(topic: string, partition: number, record: OutRecord): void {
    const target = `${topic}/${partition}`;
    const found = this.byTarget.get(target);
    if (found) found.records.push(record);
    else this.byTarget.set(target, { topic, partition, records: [record] });
  }

  /** Records in all. */
  get size(): number {
    let size = 0;
    for (const { records } of this.byTarget.values()) size += records.length;
    return size;
  }

  list(): PartitionWrite[] {
    return [...this.byTarget.values()];
  }
}

/** A header's text, or undefined when the record does not carry it. */
export function headerText(headers: Headers, name: string): string | undefined {
  return headers[name]?.toString("utf8");
}

const MAX_DIGITS = 16;
const ZERO = 48;

/** A header that holds a whole number, e.g. `source.offset`; undefined when missing or not one. */
export function headerNumber(headers: Headers, name: string): number | undefined {
  const digits = headers[name];
  if (digits === undefined || digits.length === 0 || digits.length > MAX_DIGITS) return undefined;
  let value = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = (digits[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : undefined;
}
