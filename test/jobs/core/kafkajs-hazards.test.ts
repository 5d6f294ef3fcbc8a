import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { sendOffsets, sendParcels, UnconfirmedSend } from "../../../jobs/core/kafka-producer";
import { installWire, Sequences } from "../../../jobs/core/kafka-wire";

// kafkajs as it is inside: the hazards are shown on its own code, then with our guards around it.
const inside = createRequire(require.resolve("kafkajs"));
const createSendMessages = inside("./src/producer/sendMessages.js");
const { KafkaJSProtocolError } = inside("./src/errors.js");
const RequestQueue = inside("./src/network/requestQueue/index.js");

const logger = { debug() {}, info() {}, warn() {}, error() {} };

interface Sent {
  partition: number;
  messages: readonly { value?: unknown; records?: readonly unknown[] }[];
}

/** Two brokers lead a partition each. The second answers NOT_LEADER once; its partition has then moved to the first. */
function movingLeader() {
  const log: { partition: number; value: unknown }[] = [];
  let leaders = [1, 2];
  const broker = (nodeId: number) => ({
    nodeId,
    produce: async ({ topicData }: { topicData: { topic: string; partitions: Sent[] }[] }) => {
      if (nodeId === 2 && leaders[1] === 2) {
        leaders = [1, 1];
        throw new KafkaJSProtocolError({
          type: "NOT_LEADER_FOR_PARTITION",
          code: 6,
          retriable: true,
          message: "moved",
        });
      }
      for (const { partitions } of topicData) {
        for (const { partition, messages } of partitions) {
          for (const message of messages) {
            for (const value of message.records ?? [message.value]) log.push({ partition, value });
          }
        }
      }
      const topics = topicData.map(({ topic, partitions }) => ({
        topicName: topic,
        partitions: partitions.map(({ partition }) => ({ partition, errorCode: 0 })),
      }));
      return { topics };
    },
  });
  const brokers = new Map([1, 2].map((nodeId) => [nodeId, broker(nodeId)]));
  const cluster = {
    refreshMetadataIfNecessary: async () => undefined,
    refreshMetadata: async () => undefined,
    addMultipleTargetTopics: async () => undefined,
    isConnected: () => true,
    removeBroker: () => undefined,
    findTopicPartitionMetadata: () => leaders.map((leader, partitionId) => ({ partitionId, leader })),
    findLeaderForPartitions: (_: string, partitions: string[]) => {
      const result: Record<number, number[]> = {};
      for (const partition of partitions.map(Number)) {
        const leader = leaders[partition];
        if (leader !== undefined) result[leader] = [...(result[leader] ?? []), partition];
      }
      return result;
    },
    findBroker: async ({ nodeId }: { nodeId: number | string }) => brokers.get(Number(nodeId)),
  };
  const eosManager = {
    acquireBrokerLock: async () => undefined,
    releaseBrokerLock: async () => undefined,
    isTransactional: () => false,
    getSequence: () => 0,
    updateSequence: () => undefined,
    getProducerId: () => -1,
    getProducerEpoch: () => 0,
  };
  const retrier = async (body: (bail: (error: Error) => void) => Promise<unknown>) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await body((error) => {
          throw error;
        });
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  };
  const partitioner = ({ message }: { message: { partition: number } }) => message.partition;
  const send = createSendMessages({ logger, cluster, partitioner, eosManager, retrier });
  return { log, send };
}

describe("a leader moves while records are sent to several", () => {
  const records = Array.from({ length: 10 }, (_, index) => ({ key: null, value: `r${index}` }));

  test("kafkajs alone loses records, and resolves", async () => {
    const { log, send } = movingLeader();
    const messages = [0, 1].flatMap((partition) => records.map((record) => ({ ...record, partition })));
    await send({ acks: -1, topicMessages: [{ topic: "t", messages }] });
    expect(log.length).toBeLessThan(20);
  });

  test("with one request per partition none is lost", async () => {
    const { log, send } = movingLeader();
    for (const partition of [0, 1]) {
      await sendParcels(
        (topic, parcel) => send({ acks: -1, topicMessages: [{ topic, messages: [parcel] }] }),
        { topic: "t", partition, records },
        { sequences: new Sequences(), compression: "none", maxRequestBytes: 150 },
      );
    }
    expect(log.map(({ partition, value }) => `${partition} ${(value as { value: string }).value}`)).toEqual(
      [0, 1].flatMap((partition) => records.map(({ value }) => `${partition} ${value}`)),
    );
  });

  test("a partition that is missing in the metadata is an error, where kafkajs resolves", async () => {
    const { send } = movingLeader();
    expect(await send({ acks: -1, topicMessages: [{ topic: "t", messages: [{ value: "x", partition: 7 }] }] })).toEqual(
      [],
    );
    const sent = sendParcels(
      (topic, parcel) => send({ acks: -1, topicMessages: [{ topic, messages: [parcel] }] }),
      { topic: "t", partition: 7, records },
      { sequences: new Sequences(), compression: "none", maxRequestBytes: 1_000 },
    );
    await expect(sent).rejects.toThrow(UnconfirmedSend);
  });
});

describe("offsets in a transaction", () => {
  const offsets = { groupId: "g", topic: "t", partition: 0, offset: 5 };
  const transaction = (errors: Error[]) => {
    const calls: unknown[] = [];
    return {
      calls,
      sendOffsets: async (call: unknown) => {
        calls.push(call);
        const error = errors.shift();
        if (error) throw error;
      },
    };
  };
  const concurrent = () =>
    new KafkaJSProtocolError({ type: "CONCURRENT_TRANSACTIONS", code: 51, retriable: true, message: "" });

  test("are sent again while the markers of the transaction before are being written", async () => {
    const fake = transaction([concurrent(), new Error("wrapped", { cause: concurrent() })]);
    await sendOffsets(fake, offsets, () => 0);
    expect(fake.calls).toHaveLength(3);
  });

  test("are not sent again after any other error", async () => {
    const fake = transaction([new Error("INVALID_PRODUCER_EPOCH")]);
    await expect(sendOffsets(fake, offsets, () => 0)).rejects.toThrow("INVALID_PRODUCER_EPOCH");
    expect(fake.calls).toHaveLength(1);
  });
});

test("sequences count records, and wrap around as the broker's do", () => {
  const sequences = new Sequences();
  expect([sequences.take("t", 0, 10), sequences.take("t", 0, 5), sequences.take("t", 1, 1)]).toEqual([0, 10, 0]);
  sequences.take("t", 0, 2 ** 31 - 20);
  expect(sequences.take("t", 0, 10)).toBe(2 ** 31 - 5);
  expect(sequences.take("t", 0, 1)).toBe(5);
});

test("an idle request queue arms no timer (kafkajs arms one for a negative time)", () => {
  installWire();
  const queue = new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 1_000,
    clientId: "",
    broker: "",
    logger,
  });
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
  queue.maybeThrottle(1_000);
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  clearTimeout(queue.throttleCheckTimeoutId);
});
