import { openAdmin } from "./kafka-admin";
import type { CompressionName, Kafka, KafkaAdmin, KafkaSettings } from "./kafka-api";
import { consume } from "./kafka-consumer";
import { openProducer, openTransactional } from "./kafka-producer";
import { readRange } from "./kafka-read";

/** Kafka over kafkajs. Connects when something is opened; what was opened is closed on its own, the rest by `close`. */
export function connectKafka(settings: KafkaSettings): Kafka {
  let shared: Promise<KafkaAdmin> | undefined;
  const sharedAdmin = () => {
    shared ??= openAdmin(settings).catch((error) => {
      shared = undefined;
      throw error;
    });
    return shared;
  };
  return {
    consume: (options) => consume(settings, options, async () => (await sharedAdmin()).partitions(options.topic)),
    openTransactional: (id, timeoutMs = 60_000, compression: CompressionName = "none") =>
      openTransactional(settings, id, timeoutMs, compression),
    openProducer: (compression: CompressionName = "none") => openProducer(settings, compression),
    admin: () => openAdmin(settings),
    readRange: (topic, partition, from, to, isolation = "committed") =>
      readRange(settings, { topic, partition, from, to, isolation }),
    close: async () => {
      await (await shared?.catch(() => undefined))?.close();
    },
  };
}
