import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRegistry } from "../../../jobs/core/http";
import type { RunningJob } from "../../../jobs/core/job";
import { connectKafka } from "../../../jobs/core/kafka";
import type { Kafka, KafkaAdmin } from "../../../jobs/core/kafka-api";
import { createLog } from "../../../jobs/core/log";
import { Watchdog } from "../../../jobs/core/watchdog";
import { generateConfigSchema } from "../../../jobs/generate/config";
import { runGenerate } from "../../../jobs/generate/run";
import { topicsConfigSchema } from "../../../jobs/topics/config";
import { runTopics } from "../../../jobs/topics/run";
import { END_TXN, type KafkaProxy, startKafkaProxy } from "../../support/kafka-proxy";
import { type LocalKafka, startLocalKafka } from "../../support/local-kafka";

const PROXY_PORT = 32_000 + (process.pid % 500);
const log = createLog("test", () => undefined);
let server: LocalKafka;
let proxy: KafkaProxy;
let kafka: Kafka;
let admin: KafkaAdmin;

beforeAll(async () => {
  server = await startLocalKafka({ properties: { "advertised.listeners": `PLAINTEXT://127.0.0.1:${PROXY_PORT}` } });
  proxy = await startKafkaProxy(PROXY_PORT, Number(server.brokers[0]?.split(":")[1]));
  kafka = connect();
  admin = await kafka.admin();
});

afterAll(async () => {
  await admin?.close();
  await kafka?.close();
  await proxy?.close();
  await server?.stop();
});

function connect(): Kafka {
  return connectKafka({ brokers: [`127.0.0.1:${PROXY_PORT}`], clientId: "test", log, requestTimeoutMs: 5_000 });
}

describe("topics", () => {
  const config = (partitions: number, retentionMs: string) =>
    topicsConfigSchema.parse({
      kafka: { brokers: ["127.0.0.1:1"] },
      topics: [{ name: "declared", partitions, replicationFactor: 1, configs: { "retention.ms": retentionMs } }],
    });

  test("are created, then raised and changed, then left alone, and never lowered", async () => {
    expect(await runTopics(config(2, "1000000"), kafka, log)).toBe(0);
    expect(await runTopics(config(3, "2000000"), kafka, log)).toBe(0);
    expect(await runTopics(config(3, "2000000"), kafka, log)).toBe(0);
    expect(await admin.partitions("declared")).toBe(3);
    expect((await admin.topicConfigs("declared")).get("retention.ms")).toBe("2000000");
    await expect(runTopics(config(2, "1"), kafka, log)).rejects.toThrow("cannot be lowered");
    expect((await admin.topicConfigs("declared")).get("retention.ms")).toBe("2000000");
  });
});

describe("generate", () => {
  const start = (): Promise<RunningJob> => {
    const config = generateConfigSchema.parse({
      kafka: { brokers: ["127.0.0.1:1"] },
      http: { port: 0 },
      topic: "events",
      hello: "ssm-seoul",
      ratePerSecond: 300,
      flushMs: 200,
    });
    return runGenerate({ config, log, registry: createRegistry(), watchdog: new Watchdog() }, connect());
  };

  test("neither skips nor repeats an id: commits unanswered, the broker silent, restarts, a second instance", async () => {
    await admin.createTopic({ name: "events", partitions: 3, replicationFactor: 1, configs: {} });
    let first = await start();
    for (let round = 0; round < 3; round += 1) {
      await grown(200);
      proxy.loseAnswer(END_TXN);
      await expect.poll(() => proxy.lost(), { timeout: 20_000 }).toBe(round + 1);
      await grown(200);
    }
    proxy.swallow();
    await setTimeout(1_000);
    proxy.resume();
    await grown(200);
    await first.stop();
    first = await start();
    await grown(200);
    const second = await start(); // both run: each ends the other again and again
    await grown(1_000);
    await Promise.all([first.stop(), second.stop()]);

    // A commit is answered before its markers are in every partition. A next instance starts when they are.
    await (await kafka.openTransactional("generate-events")).close();
    const ids = (await values()).map((value) => Number(JSON.parse(value).id)).sort((a, b) => a - b);
    expect(ids).toEqual(ids.map((_, index) => index));
  });

  /** Resolves when the topic holds so many more records. */
  async function grown(by: number): Promise<void> {
    const size = async () => (await admin.ranges("events")).reduce((sum, { end }) => sum + end, 0);
    const before = await size();
    while ((await size()) < before + by) await setTimeout(50);
  }

  async function values(): Promise<string[]> {
    const all: string[] = [];
    for (const { partition, first, end } of await admin.ranges("events")) {
      for await (const records of kafka.readRange("events", partition, first, end)) {
        all.push(...records.map(({ value }) => String(value)));
      }
    }
    return all;
  }
});
