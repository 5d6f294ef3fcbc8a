import { posix } from "node:path";
import {
  type Channel,
  DEFAULT_CAPACITY,
  DEFAULT_TRANSACTION,
  environment,
  type FlumeConfig,
  type Interceptor,
  type Sink,
  type Source,
} from "./agent-config";

/** Where the agent keeps what must survive it. */
export const DATA_DIRECTORY = "/var/lib/flume";
/** The agent's own name in its properties. */
const AGENT = "agent";
/** The pod's name, and a number that no other run on it has: together they make a file's name that never comes again. */
const HOST = environment("HOSTNAME");
const RUN = environment("AGENT_RUN");
const MIB = 1024 ** 2;

type Properties = Record<string, string | number | boolean>;

/** Text of a Flume agent's properties file. `configProblem` says whether the configuration makes sense. */
export function agentProperties({ sources, channels, sinks }: FlumeConfig): string {
  const groups: [string, string, Properties][] = [
    ...Object.entries(sources).map(([n, source]): [string, string, Properties] => [
      "sources",
      n,
      sourceLines(n, source),
    ]),
    ...Object.entries(channels).map(([n, channel]): [string, string, Properties] => [
      "channels",
      n,
      channelLines(n, channel),
    ]),
    ...Object.entries(sinks).map(([n, sink]): [string, string, Properties] => ["sinks", n, sinkLines(sink)]),
  ];
  const lines = [
    ...Object.entries({ sources, channels, sinks }).map(([kind, named]) =>
      `${AGENT}.${kind} = ${Object.keys(named).join(" ")}`.trimEnd(),
    ),
    ...groups.flatMap(([kind, name, properties]) => [
      "",
      ...Object.entries(properties).map(
        ([key, value]) => `${AGENT}.${kind}.${name}.${key} = ${escaped(String(value))}`,
      ),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Where a `taildir` source keeps how far it has read each of its files: a list of `{ file, pos }`. */
export function positionsFile(source: string): string {
  return `${DATA_DIRECTORY}/${source}/positions.json`;
}

/** Directories without which sources do not start, and which they do not make: where their files are, and where progress is kept. */
export function sourceDirectories({ sources }: FlumeConfig): string[] {
  const all = Object.entries(sources).flatMap(([name, source]) => {
    if (source.type === "spooldir") return [source.directory, trackerDirectory(name)];
    return source.type === "taildir" ? Object.values(source.fileGroups).map(posix.dirname) : [];
  });
  return [...new Set(all)];
}

function trackerDirectory(source: string): string {
  return `${DATA_DIRECTORY}/${source}/tracker`;
}

/** What must be up for the agent to be ready, as the image's monitor names it. */
export function componentNames({ sources, channels, sinks }: FlumeConfig): string {
  return [
    ...Object.keys(sources).map((name) => `SOURCE.${name}`),
    ...Object.keys(channels).map((name) => `CHANNEL.${name}`),
    ...Object.keys(sinks).map((name) => `SINK.${name}`),
  ].join(" ");
}

function sourceLines(name: string, source: Source): Properties {
  const { batchSize = 100 } = source;
  return {
    ...ownSourceLines(name, source, batchSize),
    channels: source.channels.join(" "),
    ...interceptorLines(source.interceptors ?? []),
  };
}

function ownSourceLines(name: string, source: Source, batchSize: number): Properties {
  switch (source.type) {
    case "kafka":
      return {
        type: "org.apache.flume.source.kafka.KafkaSource",
        "kafka.bootstrap.servers": source.bootstrapServers,
        "kafka.topics": source.topics.join(","),
        "kafka.consumer.group.id": source.groupId,
        ...prefixed("kafka.consumer.", source.consumer ?? {}),
        batchSize,
        batchDurationMillis: source.batchMs ?? 1000,
      };
    case "taildir":
      return {
        type: "TAILDIR",
        filegroups: Object.keys(source.fileGroups).join(" "),
        ...prefixed("filegroups.", source.fileGroups),
        ...Object.fromEntries(
          Object.entries(source.headers ?? {}).flatMap(([group, headers]) =>
            Object.entries(headers).map(([key, value]) => [`headers.${group}.${key}`, value]),
          ),
        ),
        positionFile: positionsFile(name),
        ...(source.idleSeconds === undefined ? {} : { idleTimeout: source.idleSeconds * 1000 }),
        batchSize,
      };
    case "spooldir":
      return {
        type: "spooldir",
        spoolDir: source.directory,
        trackerDir: trackerDirectory(name),
        pollDelay: source.pollMs ?? 500,
        deletePolicy: source.afterwards === "delete" ? "immediate" : "never",
        basenameHeader: source.basenameHeader ?? false,
        decodeErrorPolicy: "REPLACE", // a broken letter must not stop the source for ever
        batchSize,
      };
  }
}

function interceptorLines(interceptors: readonly Interceptor[]): Properties {
  if (interceptors.length === 0) return {};
  const names = interceptors.map((_, index) => `i${index + 1}`);
  return {
    interceptors: names.join(" "),
    ...Object.assign(
      {},
      ...interceptors.map((interceptor, index) =>
        prefixed(`interceptors.${names[index]}.`, oneInterceptor(interceptor)),
      ),
    ),
  };
}

function oneInterceptor(interceptor: Interceptor): Properties {
  switch (interceptor.type) {
    case "timestamp":
      return { type: "timestamp", preserveExisting: interceptor.preserveExisting ?? true };
    case "static":
      return { type: "static", key: interceptor.key, value: interceptor.value };
    case "regex-filter":
      return { type: "regex_filter", regex: interceptor.pattern, excludeEvents: interceptor.keep === "others" };
    case "regex-extractor":
      return {
        type: "regex_extractor",
        regex: interceptor.pattern,
        serializers: interceptor.headers.map((_, index) => `h${index + 1}`).join(" "),
        ...Object.fromEntries(interceptor.headers.map((header, index) => [`serializers.h${index + 1}.name`, header])),
      };
    case "append-date":
      return { type: "lab.flume.AppendDateInterceptor$Builder", header: interceptor.header };
    case "event-day":
      return { type: "lab.flume.EventDayInterceptor$Builder", field: interceptor.field, header: interceptor.header };
  }
}

function channelLines(name: string, channel: Channel): Properties {
  if (channel.type === "file") {
    const { capacity = DEFAULT_CAPACITY, transactionCapacity = DEFAULT_TRANSACTION } = channel;
    return {
      type: "file",
      checkpointDir: `${DATA_DIRECTORY}/${name}/checkpoint`,
      dataDirs: `${DATA_DIRECTORY}/${name}/data`,
      capacity,
      transactionCapacity,
      maxFileSize: (channel.maxFileMiB ?? 64) * MIB,
      minimumRequiredSpace: (channel.minFreeMiB ?? 64) * MIB,
      fsyncPerTransaction: true,
    };
  }
  return {
    type: "org.apache.flume.channel.kafka.KafkaChannel",
    "kafka.bootstrap.servers": channel.bootstrapServers,
    "kafka.topic": channel.topic,
    "kafka.consumer.group.id": channel.groupId,
    "kafka.consumer.auto.offset.reset": "earliest",
    "kafka.producer.acks": "all",
    migrateZookeeperOffsets: false,
    parseAsFlumeEvent: !(channel.plain ?? false),
  };
}

function sinkLines(sink: Sink): Properties {
  if (sink.type === "kafka") {
    return {
      type: "org.apache.flume.sink.kafka.KafkaSink",
      "kafka.bootstrap.servers": sink.bootstrapServers,
      "kafka.topic": sink.topic,
      "kafka.producer.acks": "all",
      ...prefixed("kafka.producer.", sink.producer ?? {}),
      flumeBatchSize: sink.batchSize ?? 100,
      useFlumeEventFormat: false,
      allowTopicOverride: false,
      channel: sink.channel,
    };
  }
  const host = `${sink.filePrefix}.${HOST}.`;
  return {
    type: "lab.flume.DurableHdfsSink",
    directory: sink.directory,
    host,
    "hdfs.path": `${sink.directory}/${sink.partition}`,
    "hdfs.filePrefix": `${host}${RUN}`,
    ...(sink.fileSuffix === undefined ? {} : { "hdfs.fileSuffix": sink.fileSuffix }),
    "hdfs.fileType": "DataStream",
    "hdfs.rollInterval": sink.rollSeconds,
    "hdfs.rollSize": sink.rollMiB * MIB,
    "hdfs.rollCount": 0,
    "hdfs.idleTimeout": sink.idleSeconds ?? 0,
    "hdfs.batchSize": sink.batchSize ?? 1000,
    "hdfs.maxOpenFiles": sink.maxOpenFiles ?? 20,
    // A call that has not come back by then is taken back and tried again; what was written stays in the channel.
    "hdfs.callTimeout": 60_000,
    "hdfs.closeTries": 1, // the sink sees to what could not be closed itself
    channel: sink.channel,
  };
}

function prefixed(prefix: string, properties: Readonly<Properties>): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${prefix}${key}`, value]));
}

/** A value as Java's Properties reads it back: backslashes doubled, what is not ASCII as `\uXXXX`, no line break. */
function escaped(value: string): string {
  return value
    .replaceAll("\\", "\\\\")
    .replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
