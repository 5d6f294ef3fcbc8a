import { expect, test } from "vitest";
import { manifests, podOwner } from "../../components/core/manifest";
import { configProblem, type FlumeConfig, type HdfsSink } from "../../components/flume/agent-config";
import { agentProperties, componentNames } from "../../components/flume/agent-properties";
import { FlumeAgent, flumeHeapMiB } from "../../components/flume/flume-agent";
import { lambdaCollector, recordsPerBatch } from "../../components/flume/lambda-collector";
import { inventory } from "../../stacks/inventory";

const hdfsSink: HdfsSink = {
  type: "hdfs",
  channel: "volume",
  directory: "/lambda/events",
  partition: "dt=%{dt}",
  filePrefix: "events",
  rollSeconds: 30,
  rollMiB: 64,
};
const spool: FlumeConfig = {
  sources: {
    logs: {
      type: "spooldir",
      channels: ["volume"],
      directory: "/var/spool",
      interceptors: [
        { type: "timestamp" },
        { type: "static", key: "site", value: "서울" },
        { type: "regex-filter", pattern: "^\\d{14}", keep: "matching" },
      ],
    },
  },
  channels: { volume: { type: "file" } },
  sinks: { topic: { type: "kafka", channel: "volume", bootstrapServers: "kafka:9093", topic: "SmartCar-Topic" } },
};
const lambda = lambdaCollector({
  bootstrapServers: "kafka:9093",
  topic: "events",
  groupId: "collect-hdfs",
  directory: "/lambda/events",
  rollSeconds: 30,
  largestMiB: 2,
  heapMiB: 80,
});
const lines = (config: FlumeConfig) => agentProperties(config).trimEnd().split("\n");

test("lambda's collector: committed records from the beginning, through the volume, into days that readers see when done", () => {
  expect(configProblem(lambda)).toBeUndefined();
  expect(agentProperties(lambda)).toMatchInlineSnapshot(`
    "agent.sources = events
    agent.channels = volume
    agent.sinks = hdfs

    agent.sources.events.type = org.apache.flume.source.kafka.KafkaSource
    agent.sources.events.kafka.bootstrap.servers = kafka:9093
    agent.sources.events.kafka.topics = events
    agent.sources.events.kafka.consumer.group.id = collect-hdfs
    agent.sources.events.kafka.consumer.auto.offset.reset = earliest
    agent.sources.events.kafka.consumer.isolation.level = read_committed
    agent.sources.events.kafka.consumer.max.poll.records = 8
    agent.sources.events.kafka.consumer.fetch.max.bytes = 4194304
    agent.sources.events.kafka.consumer.max.partition.fetch.bytes = 1048576
    agent.sources.events.kafka.consumer.group.instance.id = \${env:HOSTNAME}
    agent.sources.events.kafka.consumer.max.poll.interval.ms = 3600000
    agent.sources.events.batchSize = 8
    agent.sources.events.batchDurationMillis = 1000
    agent.sources.events.channels = volume
    agent.sources.events.interceptors = i1
    agent.sources.events.interceptors.i1.type = lab.flume.EventDayInterceptor$Builder
    agent.sources.events.interceptors.i1.field = time
    agent.sources.events.interceptors.i1.header = dt

    agent.channels.volume.type = file
    agent.channels.volume.checkpointDir = /var/lib/flume/volume/checkpoint
    agent.channels.volume.dataDirs = /var/lib/flume/volume/data
    agent.channels.volume.capacity = 1000000
    agent.channels.volume.transactionCapacity = 10000
    agent.channels.volume.maxFileSize = 67108864
    agent.channels.volume.minimumRequiredSpace = 67108864
    agent.channels.volume.fsyncPerTransaction = true

    agent.sinks.hdfs.type = lab.flume.DurableHdfsSink
    agent.sinks.hdfs.directory = /lambda/events
    agent.sinks.hdfs.host = events.\${env:HOSTNAME}.
    agent.sinks.hdfs.hdfs.path = /lambda/events/dt=%{dt}
    agent.sinks.hdfs.hdfs.filePrefix = events.\${env:HOSTNAME}.\${env:AGENT_RUN}
    agent.sinks.hdfs.hdfs.fileSuffix = .json
    agent.sinks.hdfs.hdfs.fileType = DataStream
    agent.sinks.hdfs.hdfs.rollInterval = 30
    agent.sinks.hdfs.hdfs.rollSize = 67108864
    agent.sinks.hdfs.hdfs.rollCount = 0
    agent.sinks.hdfs.hdfs.idleTimeout = 0
    agent.sinks.hdfs.hdfs.batchSize = 1000
    agent.sinks.hdfs.hdfs.maxOpenFiles = 20
    agent.sinks.hdfs.hdfs.callTimeout = 60000
    agent.sinks.hdfs.hdfs.closeTries = 1
    agent.sinks.hdfs.channel = volume
    "
  `);
});

test("names of files begin with host and run, so a started agent overwrites nothing and knows what it left", () => {
  const value = (key: string) =>
    lines({ ...lambda, sinks: { hdfs: hdfsSink } })
      .find((line) => line.startsWith(`agent.sinks.hdfs.${key} = `))
      ?.split(" = ")[1];
  const [host, thisRun] = [value("host"), value("hdfs.filePrefix")];
  expect(host).toBe(`events.$\{env:HOSTNAME}.`);
  expect(thisRun).toBe(`${host}$\{env:AGENT_RUN}`);
});

test("values are read back by Java as they were written", () => {
  expect(lines(spool)).toEqual(
    expect.arrayContaining([
      "agent.sources.logs.interceptors = i1 i2 i3",
      "agent.sources.logs.interceptors.i2.value = \\uc11c\\uc6b8",
      "agent.sources.logs.interceptors.i3.regex = ^\\\\d{14}",
      "agent.sources.logs.interceptors.i3.excludeEvents = false",
    ]),
  );
});

test("every source, channel and sink is waited for, and no key is said twice", () => {
  expect(componentNames(spool)).toBe("SOURCE.logs CHANNEL.volume SINK.topic");
  for (const config of [lambda, spool]) {
    const keys = lines(config)
      .filter(Boolean)
      .map((line) => line.split(" = ")[0]);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("tailed files keep their places on the volume, and groups their headers", () => {
  const tail: FlumeConfig = {
    ...spool,
    sources: {
      cars: {
        type: "taildir",
        channels: ["volume"],
        fileGroups: { f1: "/logs/.*\\.log" },
        headers: { f1: { kind: "driver" } },
      },
    },
  };
  expect(configProblem(tail)).toBeUndefined();
  expect(lines(tail)).toEqual(
    expect.arrayContaining([
      "agent.sources.cars.filegroups = f1",
      "agent.sources.cars.filegroups.f1 = /logs/.*\\\\.log",
      "agent.sources.cars.headers.f1.kind = driver",
      "agent.sources.cars.positionFile = /var/lib/flume/cars/positions.json",
    ]),
  );
});

const kafkaChannel = { type: "kafka", bootstrapServers: "kafka:9093", topic: "t", groupId: "g" } as const;
const [source, sink] = [spool.sources.logs, spool.sinks.topic] as const;
const withSink = (change: Partial<HdfsSink>): FlumeConfig => ({
  ...spool,
  sinks: { hdfs: { ...hdfsSink, ...change } },
});

test.each<[string, FlumeConfig, string | undefined]>([
  ["a whole agent", spool, undefined],
  [
    "a topic as channel without a source",
    { sources: {}, channels: { c: kafkaChannel }, sinks: {} },
    "neither a source nor",
  ],
  [
    "a topic as channel that others read",
    only({ sources: { s: { ...must(source), channels: ["c"] } }, channels: { c: kafkaChannel } }),
    undefined,
  ],
  ["nothing", { sources: {}, channels: {}, sinks: {} }, "nothing is configured"],
  [
    "a name with a dot",
    only({ ...spool, channels: { "a.b": { type: "file" } } }),
    'names must match ^[a-z][a-z0-9-]*$, got "a.b"',
  ],
  [
    "a source without a channel",
    { ...spool, sources: { s: { ...must(source), channels: [] } } },
    'source "s" has no channel',
  ],
  [
    "a source's channel that is not there",
    { ...spool, sources: { s: { ...must(source), channels: ["x"] } } },
    'source "s": there is no channel "x"; there are: volume',
  ],
  [
    "a sink's channel that is not there",
    { ...spool, sinks: { s: { ...must(sink), channel: "x" } } },
    'sink "s": there is no channel "x"; there are: volume',
  ],
  [
    "a sink's channel that every object has",
    { ...spool, sinks: { s: { ...must(sink), channel: "toString" } } },
    'there is no channel "toString"',
  ],
  ["a channel that nobody empties", { ...spool, sinks: {} }, 'channel "volume" has no sink'],
  ["a channel that nobody fills", { ...spool, sources: {} }, 'channel "volume" has no source'],
  [
    "a batch larger than a transaction",
    { ...spool, sinks: { s: { ...must(sink), batchSize: 10_001 } } },
    "at most its channel's transactionCapacity (10000), got 10001",
  ],
  [
    "a transaction larger than the channel",
    { ...spool, channels: { volume: { type: "file", capacity: 10 } } },
    "transactionCapacity must be at most capacity (10)",
  ],
  [
    "a batch of none",
    { ...spool, sources: { s: { ...must(source), batchSize: 0 } } },
    "batchSize must be a whole number above 0, got 0",
  ],
  ["a relative directory", withSink({ directory: "lambda" }), "directory must be a path from /"],
  ["a pattern as directory", withSink({ directory: "/a/%Y" }), "directory must be a path from / without patterns"],
  ["two levels of days", withSink({ partition: "y=%{y}/m=%{m}" }), "partition must be one directory's name"],
  ["files rolled never", withSink({ rollSeconds: 0 }), "rollSeconds must be a whole number above 0, got 0"],
  [
    "two sinks with the same files",
    { ...spool, sinks: { a: hdfsSink, b: hdfsSink } },
    'sinks "a" and "b" both write /lambda/events/*/events',
  ],
])("%s", (_, config, problem) => {
  if (problem === undefined) expect(configProblem(config)).toBeUndefined();
  else expect(configProblem(config)).toContain(problem);
});

test("the largest records fit into the heap, and small ones are not put one by one", () => {
  expect(recordsPerBatch(80, 2)).toBe(8);
  expect(recordsPerBatch(80, 2) * 2 * 2).toBeLessThanOrEqual(80 * 0.4);
  expect(recordsPerBatch(1, 2)).toBe(1);
  expect(recordsPerBatch(100_000, 1)).toBe(1000);
});

const args = {
  place: { name: "lab", ref: "lab" },
  image: "flume:1",
  config: lambda,
  calls: [{ workload: "kafka", host: "kafka", port: 9093 }],
  hdfs: {
    clientFiles: { "core-site.xml": "<configuration/>" },
    calls: [{ workload: "namenode", host: "namenode", port: 8020 }],
  },
  memoryMiB: 256,
  millicores: 50,
  storageGiB: 1,
};

test("an agent is one pod with a volume, HDFS's client files on its class path, and time to close its files", async () => {
  const all = manifests(await inventory(() => new FlumeAgent("collect-hdfs", args)));
  const set = all.find(({ kind }) => kind === "StatefulSet");
  const pod = set && podOwner(set)?.spec;
  expect(set?.spec?.replicas).toBe(1);
  expect(pod?.terminationGracePeriodSeconds).toBe(60);
  expect(pod?.containers[0]?.volumeMounts?.map(({ name, mountPath }) => `${name} ${mountPath}`)).toEqual([
    "config /etc/flume",
    "hadoop /etc/hadoop",
    "data /var/lib/flume",
    "tmp /tmp",
  ]);
  expect(pod?.containers[0]?.env?.find(({ name }) => name === "FLUME_COMPONENTS")?.value).toBe(
    "SOURCE.events CHANNEL.volume SINK.hdfs",
  );
  expect(all.find(({ metadata }) => metadata?.name?.startsWith("collect-hdfs-hadoop-"))?.data).toEqual(
    args.hdfs.clientFiles,
  );
});

test("an agent calls what its config names, HDFS included", async () => {
  let calls: unknown;
  await inventory(() => {
    calls = new FlumeAgent("collect-hdfs", args).calls;
  });
  expect(calls).toEqual([...args.calls, ...args.hdfs.calls]);
});

test("an agent that cannot work is refused before anything is registered", async () => {
  const refused = (change: object, why: string) =>
    inventory(() => {
      expect(() => new FlumeAgent("a", { ...args, ...change })).toThrow(why);
    });
  expect(await refused({ hdfs: undefined }, 'FlumeAgent "a": an hdfs sink needs hdfs')).toEqual([]);
  expect(await refused({ config: { ...lambda, sinks: {} } }, 'channel "volume" has no sink')).toEqual([]);
  expect(await refused({ memoryMiB: 200 }, "a memory limit of 200 MiB")).toEqual([]);
  expect(flumeHeapMiB(256)).toBeGreaterThanOrEqual(64);
});

function only(config: Partial<FlumeConfig>): FlumeConfig {
  return { sources: {}, channels: {}, sinks: {}, ...config };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the fixture lacks it");
  return value;
}
