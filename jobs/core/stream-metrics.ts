import { Counter, Gauge, type Registry } from "prom-client";

/** The metrics every streaming job has. */
export interface StreamMetrics {
  /** Records read, by topic. */
  readonly recordsIn: Counter<"topic">;
  /** Records written (committed), by topic. */
  readonly recordsOut: Counter<"topic">;
  /** Records set aside in the dead-letter topic, by reason. */
  readonly deadLetters: Counter<"reason">;
  /** Offsets whose records retention has removed before they were read, by topic. */
  readonly skipped: Counter<"topic">;
  /** Records behind the end of the partition. */
  readonly consumerLag: Gauge<"topic" | "partition">;
  /** Event time of the newest event written, in seconds since 1970. */
  readonly newestEvent: Gauge<"topic">;
}

/** Creates the metrics every streaming job has. */
export function createStreamMetrics(registry: Registry): StreamMetrics {
  const registers = [registry];
  return {
    recordsIn: new Counter({ name: "lab_records_in_total", help: "Records read", labelNames: ["topic"], registers }),
    recordsOut: new Counter({
      name: "lab_records_out_total",
      help: "Records written and committed",
      labelNames: ["topic"],
      registers,
    }),
    deadLetters: new Counter({
      name: "lab_dead_letters_total",
      help: "Records set aside in the dead-letter topic",
      labelNames: ["reason"],
      registers,
    }),
    skipped: new Counter({
      name: "lab_skipped_records_total",
      help: "Offsets whose records retention has removed before they were read",
      labelNames: ["topic"],
      registers,
    }),
    consumerLag: new Gauge({
      name: "lab_consumer_lag",
      help: "Records behind the end of the partition",
      labelNames: ["topic", "partition"],
      registers,
    }),
    newestEvent: new Gauge({
      name: "lab_newest_event_timestamp_seconds",
      help: "Event time of the newest event, in seconds since 1970",
      labelNames: ["topic"],
      registers,
    }),
  };
}
