import { Counter, Gauge, type Registry } from "prom-client";
import type { AggregateSettings } from "./config";

/** What the job tells Prometheus. */
export interface AggregateMetrics {
  read(records: number): void;
  /** Offsets that were gone before they were counted. */
  skipped(offsets: number): void;
  late(): void;
  deadLetter(reason: string): void;
  deadLettersWritten(records: number): void;
  /** Forgets the lag of partitions that may be another's now. */
  assigned(): void;
  lag(partition: number, records: number): void;
  newestEvent(ms: number): void;
  openWindows(windows: number): void;
  rows(perTable: readonly number[]): void;
}

/** Registers the metrics; series that can be known beforehand start at 0. */
export function aggregateMetrics(registry: Registry, config: AggregateSettings): AggregateMetrics {
  const registers = [registry];
  const topic = config.topic;
  const tables = config.tables.map((table) => table.table);
  const recordsIn = new Counter({
    name: "lab_records_in_total",
    help: "Records read",
    labelNames: ["topic"],
    registers,
  });
  const out = new Counter({ name: "lab_records_out_total", help: "Records written", labelNames: ["topic"], registers });
  const deadLetters = new Counter({
    name: "lab_dead_letters_total",
    help: "Records set aside",
    labelNames: ["reason"],
    registers,
  });
  const skipped = new Counter({
    name: "lab_skipped_records_total",
    help: "Offsets whose records retention has removed before they were counted",
    labelNames: ["topic"],
    registers,
  });
  const lag = new Gauge({
    name: "lab_consumer_lag",
    help: "Records in the log that were not read yet",
    labelNames: ["topic", "partition"],
    registers,
  });
  const newest = new Gauge({
    name: "lab_newest_event_timestamp_seconds",
    help: "Newest event time counted",
    labelNames: ["topic"],
    registers,
  });
  const late = new Counter({
    name: "lab_late_records_total",
    help: "Records whose window had ended at or before their watermark",
    labelNames: ["table"],
    registers,
  });
  const open = new Gauge({ name: "lab_open_windows", help: "Windows in memory, over all partitions", registers });
  const rows = new Counter({
    name: "lab_rows_upserted_total",
    help: "Rows written, one per partition read",
    labelNames: ["table"],
    registers,
  });
  recordsIn.inc({ topic }, 0);
  skipped.inc({ topic }, 0);
  out.inc({ topic: config.deadLetter }, 0);
  for (const table of tables) {
    late.inc({ table }, 0);
    rows.inc({ table }, 0);
  }
  let newestMs = Number.NEGATIVE_INFINITY;
  return {
    read: (records) => recordsIn.inc({ topic }, records),
    skipped: (offsets) => skipped.inc({ topic }, offsets),
    late: () => {
      for (const table of tables) late.inc({ table });
    },
    deadLetter: (reason) => deadLetters.inc({ reason }),
    deadLettersWritten: (records) => out.inc({ topic: config.deadLetter }, records),
    assigned: () => lag.reset(),
    lag: (partition, records) => lag.set({ topic, partition }, records),
    newestEvent: (ms) => {
      newestMs = Math.max(newestMs, ms);
      if (Number.isFinite(newestMs)) newest.set({ topic }, newestMs / 1000);
    },
    openWindows: (windows) => open.set(windows),
    rows: (perTable) => {
      for (const [index, count] of perTable.entries()) rows.inc({ table: tables[index] ?? "" }, count);
    },
  };
}
