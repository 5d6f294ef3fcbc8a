import { Kafka as KafkaJs, type LogEntry, logLevel } from "kafkajs";
import Cluster from "kafkajs/src/cluster";
import socketFactory from "kafkajs/src/network/socketFactory";
import type { KafkaSettings } from "./kafka-api";
import { installWire } from "./kafka-wire";

/** Retries of requests other than transactional sends: about half a minute in all. */
export const PATIENT_RETRY = { initialRetryTime: 100, maxRetryTime: 3_000, factor: 0.2, multiplier: 2, retries: 14 };

const CONNECTION = { connectionTimeout: 5_000, authenticationTimeout: 10_000, enforceRequestTimeout: true };

/**
 * A new kafkajs client. Every consumer and every producer gets its own: clients share a table of committed offsets, into
 * which a producer writes the offsets of a transaction before that is committed.
 */
export function newClient(settings: KafkaSettings): KafkaJs {
  installWire();
  return new KafkaJs({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ...CONNECTION,
    requestTimeout: settings.requestTimeoutMs ?? 30_000,
    retry: PATIENT_RETRY,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => logEntry(settings, entry),
  });
}

/** Connections and metadata without a producer, consumer or admin around them. */
export function newCluster(settings: KafkaSettings): Cluster {
  const client = newClient(settings);
  return new Cluster({
    logger: client.logger(),
    socketFactory: socketFactory(),
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ...CONNECTION,
    reauthenticationThreshold: 10_000,
    requestTimeout: settings.requestTimeoutMs ?? 30_000,
    retry: PATIENT_RETRY,
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: 1,
  });
}

/** Our producers are made anew after their last retry; and a transaction often meets the previous one's markers. */
const EXPECTED = /^Limiting retries|update a transaction while another concurrent operation/;

/** kafkajs reports as errors what it then retries; to the job these are warnings. */
function logEntry({ log }: KafkaSettings, { namespace, log: entry }: LogEntry): void {
  if (EXPECTED.test(`${entry.message} ${entry.error}`)) return;
  const { message, error, broker, retryCount, topic, partition } = entry;
  log.warn(`kafkajs ${namespace}: ${message}`, { error: text(error), broker, retryCount, topic, partition });
}

function text(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  return error instanceof Error ? error.message : String(error);
}
