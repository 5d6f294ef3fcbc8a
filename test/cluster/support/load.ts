import { CompressionTypes, type Kafka } from "kafkajs";
import { endOffsets } from "./kafka";
import { eventually } from "./lab";

/** Partitions of `events`. */
export const PARTITIONS = 6;

/** `YYYY-MM-DD HH:MM:SS` in Seoul, as the collector writes it. */
export function seoulTime(ms: number): string {
  return new Date(ms + 9 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

/** An event as the collector makes it. */
export function event(id: number, ms: number): string {
  return JSON.stringify({ hello: "load", id, time: seoulTime(ms) });
}

/** Ids that neither the collector nor another load uses. */
export function freshIds(): number {
  return 1_000_000_000 + (Date.now() % 1_000_000_000) * 1000;
}

/** A Seoul day of the past, another one each minute, and those around it. @param shift days; for a test that needs more of them */
export function freshDay(shift = 0): { previous: string; day: string; next: string } {
  const at = Date.UTC(2012, 0, 2 + shift) + (Math.floor(Date.now() / 60_000) % 2000) * 2 * 86_400_000;
  const text = (days: number) => new Date(at + days * 86_400_000).toISOString().slice(0, 10);
  return { previous: text(-1), day: text(0), next: text(1) };
}

/** What a load asks for. */
export interface Load {
  readonly events: number;
  /** How long it takes, so that what happens meanwhile happens in its middle. */
  readonly seconds: number;
}

/** Writes events of the present, spread over all partitions, in even pieces over the given time. */
export async function produce(kafka: Kafka, { events, seconds }: Load): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const first = freshIds();
  const pieces = Math.ceil(events / 1000);
  const begin = Date.now();
  try {
    for (let piece = 0; piece < pieces; piece++) {
      const size = Math.min(1000, events - piece * 1000);
      const value = (i: number): string => event(first + piece * 1000 + i, Date.now());
      const messages = Array.from({ length: size }, (_, i) => ({ value: value(i), partition: piece % PARTITIONS }));
      const send = () =>
        producer.send({ topic: "events", acks: -1, compression: CompressionTypes.GZIP, timeout: 30_000, messages });
      // Across a restart of the broker a send of this client may resolve without an answer, and the records are nowhere.
      while (!(await send().catch(() => [])).some(({ baseOffset }) => Number(baseOffset) >= 0)) await pause(500);
      const ahead = begin + ((piece + 1) / pieces) * seconds * 1000 - Date.now();
      if (ahead > 0) await pause(ahead);
    }
  } finally {
    await producer.disconnect();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until a consumer group has committed everything a topic held at the moment of the call; resolves with those ends. */
export async function workedOff(
  kafka: Kafka,
  groupId: string,
  topic: string,
  seconds: number,
): Promise<Map<number, bigint>> {
  const ends = await endOffsets(kafka, topic);
  await eventually(`${groupId} has worked off ${topic}`, seconds, async () => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const at = new Map(committed?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
      const behind = [...ends].filter(([partition, end]) => (at.get(partition) ?? -1n) < end);
      if (behind.length > 0)
        throw new Error(behind.map(([p, end]) => `partition ${p} at ${at.get(p)} of ${end}`).join(", "));
      return true;
    } finally {
      await admin.disconnect();
    }
  });
  return ends;
}
