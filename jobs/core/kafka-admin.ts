import { setTimeout } from "node:timers/promises";
import { type Admin, ConfigResourceTypes } from "kafkajs";
import type { CommittedOffset, KafkaAdmin, KafkaSettings, OffsetRange, TopicSpec } from "./kafka-api";
import { newClient, newCluster } from "./kafka-client";
import { int32, string16, WireReader } from "./kafka-wire";
import { messageOf } from "./log";

const ATTEMPTS = 10;
const TOPIC_RESOURCE = 2;
const SET = 0;
const INCREMENTAL_ALTER_CONFIGS = 44;

/** Errors that trying again cannot mend. */
const FINAL = /TOPIC_ALREADY_EXISTS|INVALID_|NOT_EMPTY_GROUP|NON_EMPTY_GROUP|AUTHORIZATION|POLICY_VIOLATION/;

/** Opens the admin client. */
export async function openAdmin(settings: KafkaSettings): Promise<KafkaAdmin> {
  const admin = new RetryingAdmin(settings);
  await admin.connect();
  return admin;
}

/**
 * Makes kafkajs's admin client anew after a failure: an old one can keep asking a broker that has gone. And asks one thing at a
 * time: each question about a topic replaces what the client knows of all others, so that an answer in between may name no
 * partition at all, which reads as if a group had never committed.
 */
class RetryingAdmin implements KafkaAdmin {
  private current: Admin | undefined;
  private closed = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly settings: KafkaSettings) {}

  async connect(): Promise<Admin> {
    if (this.current) return this.current;
    const admin = newClient(this.settings).admin();
    await admin.connect();
    this.current = admin;
    return admin;
  }

  brokers(): Promise<number> {
    return this.retried("brokers", async (admin) => (await admin.describeCluster()).brokers.length);
  }

  partitions(topic: string): Promise<number | undefined> {
    return this.retried("partitions", async (admin) => {
      if (!(await admin.listTopics()).includes(topic)) return undefined;
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.length;
    });
  }

  ranges(topic: string): Promise<OffsetRange[]> {
    return this.retried("ranges", async (admin) => {
      const wanted = await partitionsOf(admin, topic);
      const offsets = await admin.fetchTopicOffsets(topic);
      return complete(topic, wanted, offsets).map(({ partition, low, high }) => ({
        partition,
        first: Number(low),
        end: Number(high),
      }));
    });
  }

  committed(groupId: string, topic: string): Promise<CommittedOffset[]> {
    return this.retried("committed", async (admin) => {
      const wanted = await partitionsOf(admin, topic);
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return complete(topic, wanted, found?.partitions ?? []).map(({ partition, offset, metadata }) => ({
        partition,
        offset: Number(offset) < 0 ? undefined : Number(offset),
        metadata: metadata ?? "",
      }));
    });
  }

  setOffsets(groupId: string, topic: string, offsets: readonly { partition: number; offset: number }[]): Promise<void> {
    return this.retried("setOffsets", async () => {
      const cluster = newCluster(this.settings);
      await cluster.connect();
      try {
        const coordinator = await cluster.findGroupCoordinator({ groupId });
        const partitions = offsets.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
        // As no member of any generation: the coordinator takes that only while the group is empty.
        await coordinator.offsetCommit({
          groupId,
          groupGenerationId: -1,
          memberId: "",
          topics: [{ topic, partitions }],
        });
      } finally {
        await cluster.disconnect();
      }
    });
  }

  topicConfigs(topic: string): Promise<Map<string, string>> {
    return this.retried("topicConfigs", async (admin) => {
      const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic }];
      const { resources: found } = await admin.describeConfigs({ resources, includeSynonyms: false });
      const entries = found[0]?.configEntries ?? [];
      return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    });
  }

  createTopic({ name, partitions, replicationFactor, configs }: TopicSpec): Promise<void> {
    const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
    const topic = { topic: name, numPartitions: partitions, replicationFactor, configEntries };
    return this.retried("createTopic", async (admin) => {
      await admin.createTopics({ topics: [topic], waitForLeaders: true, timeout: 20_000 });
    });
  }

  raisePartitions(topic: string, partitions: number): Promise<void> {
    return this.retried("raisePartitions", async (admin) => {
      await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }], timeout: 20_000 });
    });
  }

  /** kafkajs only has the old request, which resets every key it does not name. */
  changeConfigs(topic: string, configs: Readonly<Record<string, string>>): Promise<void> {
    return this.retried("changeConfigs", async () => {
      const cluster = newCluster(this.settings);
      await cluster.connect();
      try {
        await cluster.refreshMetadata();
        const controller = await cluster.findControllerBroker();
        await controller.connect();
        await controller.connectionPool.send({
          request: {
            apiKey: INCREMENTAL_ALTER_CONFIGS,
            apiVersion: 0,
            apiName: "IncrementalAlterConfigs",
            encode: async () => encoded(incrementalAlter(topic, configs)),
          },
          response: { decode: async (raw: Buffer) => raw, parse: async (raw: unknown) => checkAltered(raw as Buffer) },
        });
      } finally {
        await cluster.disconnect();
      }
    });
  }

  deleteGroup(groupId: string): Promise<void> {
    return this.retried("deleteGroup", async (admin) => {
      const { groups } = await admin.listGroups();
      if (groups.some((group) => group.groupId === groupId)) await admin.deleteGroups([groupId]);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drop();
  }

  private retried<T>(what: string, call: (admin: Admin) => Promise<T>): Promise<T> {
    const answer = this.turn.then(() => this.inTurn(what, call));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  private async inTurn<T>(what: string, call: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(await this.connect());
      } catch (error) {
        if (this.closed || attempt === ATTEMPTS || FINAL.test(describe(error))) throw error;
        this.settings.log.warn("an admin request failed, trying again", { what, error: messageOf(error) });
        await this.drop();
        await setTimeout(Math.min(100 * 2 ** attempt, 5_000));
      }
    }
  }

  private async drop(): Promise<void> {
    const admin = this.current;
    this.current = undefined;
    await admin?.disconnect().catch(() => undefined);
  }
}

/** Numbers of a topic's partitions, as the broker says now. */
async function partitionsOf(admin: Admin, topic: string): Promise<number[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return (topics[0]?.partitions ?? []).map(({ partitionId }) => partitionId);
}

/** An answer by partition. @throws when it leaves one out: nothing said of a partition is not that there is nothing */
function complete<T extends { readonly partition: number }>(
  topic: string,
  wanted: number[],
  answer: readonly T[],
): T[] {
  const named = new Set(answer.map(({ partition }) => partition));
  const missing = wanted.filter((partition) => !named.has(partition));
  if (wanted.length === 0 || missing.length > 0) {
    throw new Error(`Kafka's answer leaves out partitions of ${topic}: ${missing.join(", ") || "all"}`);
  }
  return [...answer].sort((a, b) => a.partition - b.partition);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const type = "type" in error ? String(error.type) : "";
  const nested = error instanceof AggregateError ? error.errors.map(describe).join(" ") : "";
  const inner = "errors" in error && Array.isArray(error.errors) ? error.errors.map(describe).join(" ") : nested;
  return `${type} ${error.name} ${error.message} ${inner}`;
}

function incrementalAlter(topic: string, configs: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(configs);
  return Buffer.concat([
    int32(1),
    Buffer.from([TOPIC_RESOURCE]),
    string16(topic),
    int32(entries.length),
    ...entries.flatMap(([name, value]) => [string16(name), Buffer.from([SET]), string16(value)]),
    Buffer.from([0]), // not only a validation
  ]);
}

function checkAltered(raw: Buffer): void {
  const reader = new WireReader(raw);
  reader.int32(); // throttle time
  reader.array(() => {
    const code = reader.int16();
    const message = reader.string();
    reader.int8();
    const name = reader.string();
    if (code !== 0)
      throw new Error(`cannot change the configuration of ${name}: ${message ?? `error ${code}`} (INVALID_)`);
  });
}

function encoded(buffer: Buffer) {
  return { buf: buffer, buffer, size: () => buffer.length };
}
