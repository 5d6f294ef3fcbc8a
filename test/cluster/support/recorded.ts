import { type Kafka, Partitioners } from "kafkajs";
import { LARGEST_EVENT } from "../../../stacks/enriched-events";
import { NAMES } from "../../../stacks/static-tables";
import { VECTORS, type Vector } from "../../jobs/enrich/vectors";
import { PARTITIONS, seoulTime } from "./load";

/** Time in the values of {@link VECTORS}. */
const TIME = "2026-11-21 12:00:00";
const WINDOW_MS = 10_000;
/** Events for each second of event time. */
const PER_SECOND = 50;
/** A larger value is in the set only once. */
const LARGE_BYTES = 10_000;
/** Values of one request. */
const MOST_AT_ONCE = 500 * PARTITIONS;
/** Every so many events there is one of these. */
const EVERY = { copy: 50, disorder: 11, noJoin: 97, beyondDoubles: 101, odd: 40 } as const;

/** Values for the raw topic, and what a table by user must hold of them. */
export interface Recorded {
  readonly values: readonly (Buffer | string | null)[];
  /** Counts by `start/user`; late events are in none. */
  readonly counted: ReadonlyMap<string, number>;
  /** Events that are late by any reading. */
  readonly late: number;
}

/** An event that becomes too large: `1e6` is written as `1000000.0`. */
const TOO_LARGE: Vector = {
  name: "an event of which a record larger than its topic's largest is made",
  input: `{"hello":[${"1e6,".repeat(LARGEST_EVENT / 4.5)}1e6],"id":3,"time":"${TIME}"}`,
  output: { dead: "too-large" },
};
const ODD = [...VECTORS, TOO_LARGE];

/** Collects values, and counts them by what they are made of. */
class Recording implements Recorded {
  readonly values: (Buffer | string | null)[] = [];
  readonly counted = new Map<string, number>();
  late = 0;

  add(value: Buffer | string | null, of?: { readonly ms: number; readonly user: string }): void {
    this.values.push(value);
    if (of === undefined) return;
    const id = `${seoulTime(Math.floor(of.ms / WINDOW_MS) * WINDOW_MS)}/${of.user}`;
    this.counted.set(id, (this.counted.get(id) ?? 0) + 1);
  }

  event(id: bigint, ms: number): void {
    this.add(eventText(id, ms), { ms, user: userOf(id) });
  }
}

/**
 * So many events from a moment on, the same whenever it is called with the same arguments: in order but for disorder of up to
 * nine seconds, which every reading of a delay of 15 s allows; among them copies, ids that join nothing, ids beyond 2^53, and
 * again and again every odd record of docs/kappa-records.md, and one that becomes too large for its topic.
 */
export function inOrder(count: number, beginMs: number, firstId: number): Recorded {
  const made = new Recording();
  for (let index = 0; made.values.length < count; index += 1) {
    const now = beginMs + Math.floor(made.values.length / PER_SECOND) * 1000;
    const ms = index % EVERY.disorder === 0 ? now - (index % 10) * 1000 : now;
    const plain = BigInt(firstId + index);
    const id = index % EVERY.noJoin === 0 ? -plain : index % EVERY.beyondDoubles === 0 ? plain + 2n ** 60n : plain;
    made.event(id, ms);
    if (index % EVERY.copy === 0 && made.values.length < count) made.event(id, ms);
    if (index % EVERY.odd === 0 && made.values.length < count) oddRecord(made, index / EVERY.odd, now);
  }
  return made;
}

/** Events of windows that have long been over, for all users, and behind them events of new windows. */
export function lateAndNew(late: number, fresh: number, beginMs: number, endMs: number, firstId: number): Recorded {
  const made = new Recording();
  for (let index = 0; index < late; index += 1) {
    made.values.push(eventText(BigInt(firstId + index), beginMs + (index % 100) * 1000));
    made.late += 1;
  }
  for (let index = 0; index < fresh; index += 1) {
    made.event(BigInt(firstId + late + index), endMs + Math.floor(index / PER_SECOND) * 1000);
  }
  return made;
}

/** Sends values to a topic of as many partitions as `events`, in turn, so that all partitions go on at the same pace. */
export async function send(kafka: Kafka, topic: string, values: Recorded["values"]): Promise<void> {
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    const messages = values.map((value, index) => ({ value, partition: index % PARTITIONS }));
    const isLarge = (index: number) => (messages[index]?.value?.length ?? 0) > LARGE_BYTES;
    for (let at = 0; at < messages.length; ) {
      // A large value goes alone, for a batch may hold no more than the topic takes; and in its place, or it would be late.
      const next = messages.findIndex((_, index) => index > at && isLarge(index));
      const most = isLarge(at) ? 1 : MOST_AT_ONCE;
      const end = Math.min(at + most, next < 0 ? messages.length : next);
      await producer.send({ topic, acks: -1, messages: messages.slice(at, end) });
      at = end;
    }
  } finally {
    await producer.disconnect();
  }
}

function oddRecord(made: Recording, turn: number, ms: number): void {
  const vector = ODD[turn % ODD.length];
  if (!vector || ((vector.input?.length ?? 0) > LARGE_BYTES && turn >= ODD.length)) return;
  const { input, output } = vector;
  const time = seoulTime(ms);
  const value =
    input === null ? null : Buffer.from(Buffer.from(input).toString("latin1").replaceAll(TIME, time), "latin1");
  if (typeof output !== "string") {
    made.add(value);
    return;
  }
  // All digits of an id: its last one is enough to tell the user.
  const id = BigInt(/"id":(-?\d+)\}$/.exec(output)?.[1] ?? "");
  made.add(value, { ms, user: userOf(id) });
}

function eventText(id: bigint, ms: number): string {
  return `{"hello":"recorded","id":${id},"time":"${seoulTime(ms)}"}`;
}

function userOf(id: bigint): string {
  return NAMES.find(({ uid }) => uid === Number(id % 10n))?.name ?? "Unknown Name";
}
