import { formatSeoulTime } from "../core/seoul-time";
import type { GenerateConfig } from "./config";

/** Values that are no events, one of each kind. */
const MALFORMED: readonly Buffer[] = [
  Buffer.from("not json"),
  Buffer.from('{"hello":"ssm-seoul","id":'),
  Buffer.from('{"hello":"ssm-seoul","time":"2026-01-01 00:00:00"}'),
  Buffer.from('{"hello":"ssm-seoul","id":1.5,"time":"2026-01-01 00:00:00"}'),
  Buffer.from('{"hello":"ssm-seoul","id":1,"time":"yesterday"}'),
  Buffer.from([0x7b, 0x22, 0xed, 0x95]),
  Buffer.alloc(0),
];

/** The event with this id at this moment, followed by what disorder adds to it. Depends on nothing else. */
export function eventsFor(
  id: number,
  epochSeconds: number,
  { hello, disorder }: Pick<GenerateConfig, "hello" | "disorder">,
): Buffer[] {
  const event = (eventId: number, time: number): Buffer =>
    Buffer.from(`{"hello":${JSON.stringify(hello)},"id":${eventId},"time":"${formatSeoulTime(time)}"}`);
  if (!disorder) return [event(id, epochSeconds)];
  const random = randomFrom(disorder.seed, id);
  const late = random() < disorder.late ? 1 + Math.floor(random() * disorder.lateSeconds) : 0;
  const events: Buffer[] = [event(id, epochSeconds - late)];
  if (random() < disorder.duplicates) events.push(event(id, epochSeconds - late));
  if (random() < disorder.malformed) {
    events.push(MALFORMED[Math.floor(random() * MALFORMED.length)] ?? Buffer.alloc(0));
  }
  if (random() < disorder.nullJoin) events.push(event(-(id * 10 + 3), epochSeconds));
  return events;
}

/** Numbers from 0 to 1 that depend on the seed and the id alone (splitmix32). */
function randomFrom(seed: number, id: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b9) ^ Math.imul(id + 1, 0x85ebca6b) ^ Math.floor(id / 2 ** 32)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
