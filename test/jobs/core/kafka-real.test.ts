import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExactlyOnce } from "../../../jobs/core/exactly-once";
import { connectKafka } from "../../../jobs/core/kafka";
import type { CompressionName, Kafka, KafkaAdmin } from "../../../jobs/core/kafka-api";
import { createLog } from "../../../jobs/core/log";
import type { KafkaRecord } from "../../../jobs/core/record";
import { Watchdog } from "../../../jobs/core/watchdog";
import { END_TXN, type KafkaProxy, PRODUCE, startKafkaProxy } from "../../support/kafka-proxy";
import { type LocalKafka, startLocalKafka } from "../../support/local-kafka";

const PROXY_PORT = 31_000 + (process.pid % 1_000);
const log = createLog("test", () => undefined);
let server: LocalKafka;
let proxy: KafkaProxy;
let kafka: Kafka;
let admin: KafkaAdmin;
let topics = 0;

beforeAll(async () => {
  // Clients are told the proxy's address, so that all they do goes through it.
  server = await startLocalKafka({ properties: { "advertised.listeners": `PLAINTEXT://127.0.0.1:${PROXY_PORT}` } });
  proxy = await startKafkaProxy(PROXY_PORT, Number(server.brokers[0]?.split(":")[1]));
  kafka = connectKafka({ brokers: [`127.0.0.1:${PROXY_PORT}`], clientId: "test", log, requestTimeoutMs: 5_000 });
  admin = await kafka.admin();
});

afterAll(async () => {
  await admin?.close();
  await kafka?.close();
  await proxy?.close();
  await server?.stop();
});

async function newTopic(partitions = 1, configs: Record<string, string> = {}): Promise<string> {
  topics += 1;
  await admin.createTopic({ name: `topic-${topics}`, partitions, replicationFactor: 1, configs });
  return `topic-${topics}`;
}

async function readAll(topic: string, isolation: "committed" | "uncommitted" = "committed"): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  for (const { partition, first, end } of await admin.ranges(topic)) {
    for await (const some of kafka.readRange(topic, partition, first, end, isolation)) records.push(...some);
  }
  return records;
}

/** A commit is answered before its markers are in every partition: what readers of committed records see follows. */
const settled = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 20_000 });

const texts = (records: readonly KafkaRecord[]) => records.map(({ value }) => String(value));

describe("codecs", () => {
  test.each(["gzip", "snappy", "lz4", "zstd"])("of Java's producer are read (%s)", async (codec) => {
    const topic = await newTopic();
    const lines = Array.from({ length: 2_000 }, (_, index) => `line ${index} ${"서울".repeat(index % 50)}`);
    await server.tool(
      "org.apache.kafka.tools.ConsoleProducer",
      ["--bootstrap-server", proxyAddress(), "--topic", topic, "--compression-codec", codec],
      `${lines.join("\n")}\n`,
    );
    expect(texts(await readAll(topic))).toEqual(lines);
  });

  const writable: CompressionName[] = ["none", "gzip", "snappy", "lz4"];
  test.each(writable)("of ours are read by Java's consumer (%s)", async (codec) => {
    const topic = await newTopic();
    const producer = await kafka.openProducer(codec);
    const records = Array.from({ length: 500 }, (_, index) => ({
      key: String(index),
      value: `v${index} 서울`,
      headers: [["h", "x"]] as const,
    }));
    await producer.send(topic, 0, records);
    await producer.close();
    const printed = await server.tool("org.apache.kafka.tools.consumer.ConsoleConsumer", [
      ...["--bootstrap-server", proxyAddress(), "--topic", topic, "--from-beginning", "--max-messages", "500"],
      ...["--timeout-ms", "20000", "--formatter-property", "print.headers=true"],
    ]);
    expect(printed.trim().split("\n")).toEqual(records.map(({ value }) => `h:x\t${value}`));
  });
});

function proxyAddress(): string {
  return `127.0.0.1:${PROXY_PORT}`;
}

describe("a request over the broker's limit", () => {
  const records = Array.from({ length: 40 }, () => ({ key: null, value: Buffer.alloc(100_000, 1) }));

  test("is split", async () => {
    const topic = await newTopic();
    const producer = await kafka.openProducer();
    await producer.send(topic, 0, records);
    await producer.close();
    expect(await readAll(topic)).toHaveLength(40);
  });

  test("that cannot be split is an error, not an endless repetition", async () => {
    const topic = await newTopic();
    const producer = await kafka.openProducer();
    await expect(producer.send(topic, 0, [{ key: null, value: Buffer.alloc(1_200_000) }])).rejects.toThrow();
    await producer.send(topic, 0, [{ key: null, value: "small" }]);
    await producer.close();
    expect(texts(await readAll(topic))).toEqual(["small"]);
  });
});

describe("transactions", () => {
  test("many in a row all commit, with their offsets", async () => {
    const topic = await newTopic(3);
    const writer = await kafka.openTransactional(`many-${topic}`);
    for (let index = 0; index < 30; index += 1) {
      const writes = [0, 1, 2].map((partition) => ({ topic, partition, records: [{ key: null, value: `${index}` }] }));
      await writer.transact(writes, { groupId: "many", topic, partition: 1, offset: index + 1 });
    }
    await writer.close();
    await settled(() => readAll(topic)).toHaveLength(90);
    expect((await admin.committed("many", topic)).map(({ offset }) => offset)).toEqual([undefined, 30, undefined]);
  });

  test("of an earlier writer fail once there is a newer one", async () => {
    const topic = await newTopic();
    const write = (value: string) => [{ topic, partition: 0, records: [{ key: null, value }] }];
    const older = await kafka.openTransactional(`fence-${topic}`);
    const newer = await kafka.openTransactional(`fence-${topic}`);
    await expect(older.transact(write("zombie"))).rejects.toThrow();
    await newer.transact(write("owner"));
    await Promise.all([older.close(), newer.close()]);
    await settled(async () => texts(await readAll(topic))).toEqual(["owner"]);
  });

  test("whose answer to a send is lost hold its records once", async () => {
    const topic = await newTopic();
    const writer = await kafka.openTransactional(`send-${topic}`);
    const records = (from: number) =>
      Array.from({ length: 3 }, (_, index) => ({ key: null, value: `${from + index}` }));
    await writer.transact([{ topic, partition: 0, records: records(0) }]);
    const before = proxy.lost();
    proxy.loseAnswer(PRODUCE);
    await writer.transact([{ topic, partition: 0, records: records(3) }]);
    await writer.transact([{ topic, partition: 0, records: records(6) }]);
    await writer.close();
    expect(proxy.lost()).toBe(before + 1);
    await settled(async () => texts(await readAll(topic))).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
  });

  test("whose answer to the commit is lost are neither repeated nor left out", async () => {
    const [input, output] = [await newTopic(), await newTopic()];
    const producer = await kafka.openProducer();
    await producer.send(
      input,
      0,
      Array.from({ length: 300 }, (_, index) => ({ key: null, value: `${index}` })),
    );
    await producer.close();
    const work = new ExactlyOnce(
      {
        open: (id) => kafka.openTransactional(id),
        position: async (partition) => (await admin.committed("lost", input))[partition]?.offset ?? 0,
      },
      {
        groupId: "lost",
        topic: input,
        transactionalId: (partition) => `lost-${input}-${partition}`,
        transform: (records) => [
          { topic: output, partition: 0, records: records.map(({ value }) => ({ key: null, value })) },
        ],
        log,
        pauseMs: () => 10,
      },
    );
    const before = proxy.lost();
    let batches = 0;
    const consumption = await kafka.consume({
      groupId: "lost",
      topic: input,
      maxBytesPerPartition: 1_000,
      onAssigned: () => work.assigned(),
      eachBatch: async (batch) => {
        batches += 1;
        if (batches === 2) proxy.loseAnswer(END_TXN);
        await work.handle(batch);
      },
    });
    await until(async () => (await admin.committed("lost", input))[0]?.offset === 300);
    await consumption.stop();
    await work.close();
    expect(proxy.lost()).toBe(before + 1);
    await settled(async () => texts(await readAll(output))).toEqual(
      Array.from({ length: 300 }, (_, index) => `${index}`),
    );
  });

  test("that were aborted are not read, even when two overlap and the read begins in the middle", async () => {
    const topic = await newTopic();
    const dead = [];
    for (const id of ["a", "b"]) {
      const writer = await kafka.openTransactional(`${id}-${topic}`);
      // Offsets for a group without a name fail: the transaction is left open behind its records.
      const offsets = { groupId: "", topic, partition: 0, offset: 1 };
      await writer
        .transact([{ topic, partition: 0, records: [{ key: null, value: `dead ${id}` }] }], offsets)
        .catch(() => undefined);
      dead.push(writer);
    }
    const alive = await kafka.openTransactional(`alive-${topic}`);
    await alive.transact([{ topic, partition: 0, records: [{ key: null, value: "alive" }] }]);
    await Promise.all([...dead, alive].map((writer) => writer.close()));
    for (const id of ["b", "a"]) await (await kafka.openTransactional(`${id}-${topic}`)).close(); // aborts them
    expect(texts(await readAll(topic, "uncommitted"))).toEqual(["dead a", "dead b", "alive"]);
    await settled(async () => texts(await readAll(topic))).toEqual(["alive"]);
  });
});

test("configs are changed key by key, and partitions raised", async () => {
  const topic = await newTopic(1, { "retention.ms": "1000000" });
  await admin.changeConfigs(topic, { "max.message.bytes": "2000000" });
  await admin.raisePartitions(topic, 3);
  const configs = await admin.topicConfigs(topic);
  expect([configs.get("retention.ms"), configs.get("max.message.bytes")]).toEqual(["1000000", "2000000"]);
  expect(await admin.partitions(topic)).toBe(3);
  await expect(admin.changeConfigs(topic, { "no.such.key": "1" })).rejects.toThrow(/no.such.key/);
});

test("an admin that is asked about several topics at once answers each in full", async () => {
  const [topic, other, third] = [await newTopic(6), await newTopic(6), await newTopic(1)];
  const offsets = Array.from({ length: 6 }, (_, partition) => ({ partition, offset: 0 }));
  await admin.setOffsets("asked", topic, offsets);
  let left = 150;
  const commits = async () => {
    while (left-- > 0) {
      const committed = await admin.committed("asked", topic);
      expect(committed.map(({ partition, offset }) => ({ partition, offset }))).toEqual(offsets);
      expect((await admin.ranges(topic)).map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 4, 5]);
    }
  };
  const counts = async () => {
    while (left > 0) await Promise.all([admin.partitions(other), admin.partitions(third)]);
  };
  await Promise.all([commits(), counts(), counts(), commits()]);
});

test("an admin that knows a topic answers for partitions that are new to it", async () => {
  const topic = await newTopic(1);
  expect(await admin.ranges(topic)).toHaveLength(1);
  const another = await kafka.admin();
  await another.raisePartitions(topic, 3);
  await another.close();
  await settled(() => admin.ranges(topic)).toHaveLength(3);
  expect(await admin.committed("none", topic)).toHaveLength(3);
});

test("a consumer that the broker no longer answers is noticed by the watchdog, and goes on when it answers again", async () => {
  const topic = await newTopic();
  const watchdog = new Watchdog(2_000);
  const seen: string[] = [];
  const consumption = await kafka.consume({
    groupId: "hang",
    topic,
    onActivity: () => watchdog.progress(),
    eachBatch: async (batch) => {
      seen.push(...texts(batch.records));
      batch.resolve();
    },
  });
  await until(async () => consumption.assigned().length === 1);
  await setTimeout(2_500);
  expect(watchdog.complaint()).toBeUndefined(); // idle, but alive
  proxy.swallow();
  await until(async () => watchdog.complaint() !== undefined);
  proxy.resume();
  const producer = await kafka.openProducer();
  await producer.send(topic, 0, [{ key: null, value: "again" }]);
  await producer.close();
  await until(async () => seen.includes("again"));
  await until(async () => watchdog.complaint() === undefined);
  await consumption.stop();
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(50); // the test's own timeout ends it
}
