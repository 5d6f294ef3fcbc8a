import type { FlumeConfig } from "./agent-config";
import { DATA_DIRECTORY, positionsFile } from "./agent-properties";

/** Settings of {@link smartcarCollector}. */
export interface SmartcarCollectorSettings {
  readonly bootstrapServers: string;
  /** Topic of driver log lines, each with its car as key. */
  readonly topic: string;
  /** Length of a driver log line, as the cars pad it; 0 for lines as short as they are. */
  readonly readingBytes: number;
  /** Directory of the status lines: below it there is `wrk_date=YYYYMMDD` for each day on which they were collected. */
  readonly statusDirectory: string;
  /** Age at which a file of status lines is closed and shown to readers. */
  readonly rollSeconds: number;
}

const DRIVER_LOG = "driver-log";
const CARS = `${DATA_DIRECTORY}/cars`;

/** Where the cars' simulator puts its files on the agent's volume, and where it finds what the agent has read of them. */
export const CAR_FILES = {
  /** `driver-*.log`, appended to. */
  driverLogs: `${CARS}/driver`,
  /** Complete status files; the agent deletes each when it is in its channel. */
  statusSpool: `${CARS}/status`,
  /** What the simulator needs for itself. */
  state: `${CARS}/state`,
  positions: positionsFile(DRIVER_LOG),
} as const;

/** Length of a line that is not padded. */
const SHORT_LINE = 64;
const BATCH_BYTES = 1024 ** 2;
const MOST_LINES = 1000;
/** Largest value of Kafka's settings that are 32-bit numbers of milliseconds: 24 days. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** Lines in one transaction: about a mebibyte. */
export function linesPerBatch(readingBytes: number): number {
  return Math.max(1, Math.min(MOST_LINES, Math.floor(BATCH_BYTES / Math.max(readingBytes, SHORT_LINE))));
}

/** Driver log lines to a topic, keyed by their car; status files to one directory of HDFS for each day of collection. */
export function smartcarCollector(settings: SmartcarCollectorSettings): FlumeConfig {
  const { bootstrapServers, topic, readingBytes, statusDirectory, rollSeconds } = settings;
  const batchSize = linesPerBatch(readingBytes);
  return {
    sources: {
      [DRIVER_LOG]: {
        type: "taildir",
        channels: ["readings"],
        fileGroups: { hours: `${CAR_FILES.driverLogs}/driver-.*\\.log` },
        // A line that was cut off is mended by the simulator when it starts again; until then it is not taken for a whole one.
        idleSeconds: 3600,
        batchSize,
        interceptors: [{ type: "regex-extractor", pattern: "^\\d{14},([A-Z]\\d{4,6}),", headers: ["key"] }],
      },
      status: {
        type: "spooldir",
        channels: ["status-lines"],
        directory: CAR_FILES.statusSpool,
        afterwards: "delete",
        batchSize: MOST_LINES,
        interceptors: [
          { type: "timestamp" },
          { type: "static", key: "typeOfData", value: "car-batch-log" },
          { type: "regex-filter", pattern: "^\\d{14}", keep: "matching" },
          { type: "append-date", header: "wrk_date" },
        ],
      },
    },
    channels: {
      // Lines wait in their files, so the channels need not be large: what does not fit is read later.
      readings: { type: "file", capacity: 20 * MOST_LINES, transactionCapacity: MOST_LINES, maxFileMiB: 32 },
      "status-lines": { type: "file", capacity: 100 * MOST_LINES, transactionCapacity: MOST_LINES, maxFileMiB: 32 },
    },
    sinks: {
      topic: {
        type: "kafka",
        channel: "readings",
        bootstrapServers,
        topic,
        batchSize,
        producer: {
          // In a partition, and so for a car, the order of the records is that of the lines, whatever is sent again. A batch that
          // ran out of time would be overtaken by the next: it is tried until Kafka has it.
          "enable.idempotence": "true",
          "delivery.timeout.ms": FOR_EVER_MS,
          "buffer.memory": 8 * BATCH_BYTES,
          "batch.size": 64 * 1024,
          "linger.ms": 5,
        },
      },
      hdfs: {
        type: "hdfs",
        channel: "status-lines",
        directory: statusDirectory,
        partition: "wrk_date=%{wrk_date}",
        filePrefix: "car-batch-log",
        fileSuffix: ".log",
        rollSeconds,
        rollMiB: 64,
        ...(rollSeconds > 60 ? { idleSeconds: 60 } : {}), // a file of the day before need not wait for its age
        batchSize: MOST_LINES,
      },
    },
  };
}
