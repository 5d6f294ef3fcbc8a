import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import { type Consumer, Kafka, type KafkaMessage, logLevel } from "kafkajs";
import { NAMESPACE } from "./lab";

/** The node's address, where CoreDNS answers pods and this machine. */
const DNS_ADDRESS = "10.88.0.1";
/** Silence after which a topic is read to its end; the broker's own answers come in milliseconds. */
const IDLE_MS = 10_000;

/**
 * The tests' own Kafka client, straight from this machine to the brokers' pods: broker names are looked up in the cluster's
 * DNS at every connection, so it finds a broker that came back under another address.
 */
export function testKafka(namespace = NAMESPACE): Kafka {
  const zone = `${namespace}.svc.cluster.local`;
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([DNS_ADDRESS]);
  return new Kafka({
    clientId: "test",
    brokers: [`kafka.${zone}:9093`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 20, maxRetryTime: 5000 },
    socketFactory: ({ host, port, onConnect }) => {
      const lookup = (
        name: string,
        _: unknown,
        done: (error: Error | null, found: unknown, family?: number) => void,
      ): void => {
        const full = name.endsWith(zone) ? name : `${name.replace(/\.$/, "").split(`.${namespace}`)[0]}.${zone}`;
        resolver.resolve4(full).then(
          (found) =>
            done(
              null,
              found.map((address) => ({ address, family: 4 })),
            ),
          (error: Error) => done(error, []),
        );
      };
      // `all` is what Node asks for when it may try several addresses.
      return connect({ host, port, lookup: lookup as never, autoSelectFamily: true }, onConnect);
    },
  });
}

/** A record of a topic as the tests compare it. */
export type Read = KafkaMessage & { readonly partition: number };

/** End offsets of a topic, by partition. */
export async function endOffsets(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
}

/**
 * Hands every committed record of a topic from the given offsets (default: all) up to the end, as it is now, to `see`.
 * A consumer group of its own that commits nothing.
 */
export async function readTopic(
  kafka: Kafka,
  topic: string,
  see: (record: Read) => void,
  from: ReadonlyMap<number, bigint> = new Map(),
): Promise<void> {
  const ends = await endOffsets(kafka, topic);
  const open = new Set(
    [...ends].filter(([partition, end]) => end > (from.get(partition) ?? 0n)).map(([partition]) => partition),
  );
  if (open.size === 0) return;
  const consumer: Consumer = kafka.consumer({
    groupId: `test-${topic}-${Date.now()}-${Math.random().toString(36).slice(2)}`,
    sessionTimeout: 60_000,
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    let lastNews = Date.now();
    let idle: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      // The last offsets may be transaction markers, which no reader ever sees: then silence is the end.
      idle = setInterval(() => Date.now() - lastNews > IDLE_MS && resolve(), 500);
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          autoCommit: false,
          eachBatchAutoResolve: true,
          eachBatch: async ({ batch }) => {
            const end = ends.get(batch.partition) ?? 0n;
            for (const message of batch.messages) {
              if (BigInt(message.offset) < end && BigInt(message.offset) >= (from.get(batch.partition) ?? 0n))
                see({ ...message, partition: batch.partition });
            }
            lastNews = Date.now();
            if (BigInt(batch.lastOffset()) + 1n >= end) open.delete(batch.partition);
            if (open.size === 0) resolve();
          },
        })
        .catch(reject);
      for (const [partition, offset] of from) consumer.seek({ topic, partition, offset: String(offset) });
    });
    clearInterval(idle);
  } finally {
    await consumer.disconnect();
  }
}

/** The value of a header that a record carries once, as text. */
export function header(record: KafkaMessage, name: string): string | undefined {
  const value = record.headers?.[name];
  return value === undefined ? undefined : String(Array.isArray(value) ? value[0] : value);
}
