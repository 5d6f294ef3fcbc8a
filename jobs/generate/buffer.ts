import type { GenerateConfig } from "./config";
import { eventsFor } from "./events";

/** An event in the buffer, with what disorder adds to it. */
export interface BufferedEvent {
  readonly id: number;
  readonly values: readonly Buffer[];
}

/**
 * Makes events at a steady rate and keeps them until they are known to be in the topic. While it is full, none are made:
 * there is no burst afterwards, and no id is left out.
 */
export class EventBuffer {
  private events: BufferedEvent[] = [];
  private next: number;
  private since: number | undefined;
  private made = 0;

  /** @param nextId the first id to be made */
  constructor(
    private readonly config: Pick<GenerateConfig, "hello" | "disorder" | "ratePerSecond" | "maxBuffered">,
    nextId: number,
  ) {
    this.next = nextId;
  }

  get nextId(): number {
    return this.next;
  }

  get size(): number {
    return this.events.length;
  }

  /** Makes the events due since the first call. @param nowMs milliseconds since 1970 @returns how many */
  fill(nowMs: number): number {
    if (this.since === undefined || nowMs < this.since) this.restart(nowMs);
    const due = Math.floor(((nowMs - (this.since ?? nowMs)) / 1000) * this.config.ratePerSecond) - this.made;
    const room = this.config.maxBuffered - this.events.length;
    const count = Math.min(due, room);
    for (let index = 0; index < count; index += 1) {
      this.events.push({ id: this.next, values: eventsFor(this.next, nowMs / 1000, this.config) });
      this.next += 1;
    }
    this.made += count;
    if (due > room) this.restart(nowMs); // what was due while the buffer was full is not made up for
    return count;
  }

  /** The oldest events, at most so many. They stay in the buffer. */
  peek(most: number): readonly BufferedEvent[] {
    return this.events.slice(0, most);
  }

  /** Forgets events that are in the topic, and goes on behind its last id. @param lastId -1 for an empty topic */
  settle(lastId: number): void {
    this.events = this.events.filter(({ id }) => id > lastId);
    const first = this.events[0]?.id ?? this.next;
    if (first === lastId + 1) return;
    // Somebody else has written in the meantime: our ids no longer follow the topic's last one.
    this.events = [];
    this.next = lastId + 1;
  }

  private restart(nowMs: number): void {
    this.since = nowMs;
    this.made = 0;
  }
}
