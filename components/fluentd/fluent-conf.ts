/** Where buffers live: what was taken in is there until both outputs have it. */
export const BUFFER_DIRECTORY = "/var/lib/fluentd";
/** Port of fluentd's own monitor, which the kubelet asks. */
export const MONITOR_PORT = 24_220;
/** Port on which applications and other fluentds hand events over. */
export const FORWARD_PORT = 24_224;

/** Where events come from. */
export type FluentdSource =
  /** Made up: `hello`, a growing `id` and the time now in Seoul. */
  | { readonly type: "sample"; readonly hello: string; readonly perSecond: number }
  /** Handed over in fluentd's forward protocol. */
  | { readonly type: "forward" };

/** What a fluentd collector does: each event goes to a topic and to HDFS. */
export interface FluentdShape {
  readonly source: FluentdSource;
  readonly kafka: { readonly bootstrapServers: string; readonly topic: string };
  readonly hdfs: {
    /** `host:port` of WebHDFS: the NameNode, and the second where there are two. */
    readonly nameNodes: readonly string[];
    /** Directory of the days. */
    readonly directory: string;
    /** Age at which a buffer is written as a file. */
    readonly flushSeconds: number;
  };
  /** Share of the volume that each of the two buffers may take, MiB; then no event is taken in. */
  readonly bufferMiB: number;
}

/** Says in one line what is wrong with a shape; undefined when nothing is. */
export function fluentdProblem({ source, hdfs, bufferMiB }: FluentdShape): string | undefined {
  if (source.type === "sample" && !(source.perSecond >= 1))
    return `source.perSecond must be at least 1, got ${source.perSecond}`;
  if (hdfs.nameNodes.length < 1 || hdfs.nameNodes.length > 2)
    return `hdfs.nameNodes must be one or two, got ${hdfs.nameNodes.length}`;
  if (!hdfs.directory.startsWith("/")) return `hdfs.directory must begin with /, got "${hdfs.directory}"`;
  if (!(hdfs.flushSeconds >= 1)) return `hdfs.flushSeconds must be at least 1, got ${hdfs.flushSeconds}`;
  if (!(bufferMiB >= 64)) return `bufferMiB must be at least 64, got ${bufferMiB}`;
  return undefined;
}

/** A directive of fluentd's configuration: its head, its parameters, the directives in it. */
interface Directive {
  readonly head: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly within?: readonly Directive[];
}

/** Text of fluent.conf. */
export function fluentConf(shape: FluentdShape): string {
  const directives: Directive[] = [
    { head: "system", parameters: { log_level: "info" } },
    { head: "source", parameters: { "@type": "monitor_agent", bind: "0.0.0.0", port: MONITOR_PORT } },
    sourceOf(shape.source),
    ...(shape.source.type === "sample" ? [seoulTime()] : []),
    dayByOwnTime(),
    { head: "match events.**", parameters: { "@type": "copy" }, within: [toKafka(shape), toHdfs(shape)] },
  ];
  return directives.map((directive) => written(directive)).join("\n");
}

function sourceOf(source: FluentdSource): Directive {
  const parameters: Directive["parameters"] =
    source.type === "forward"
      ? { "@type": "forward", bind: "0.0.0.0", port: FORWARD_PORT, add_tag_prefix: "events" }
      : {
          "@type": "sample",
          tag: "events.sample",
          rate: source.perSecond,
          auto_increment_key: "id",
          sample: JSON.stringify({ hello: source.hello }),
        };
  return { head: "source", parameters };
}

/** Adds `time`, Seoul's wall time, as the last field. */
function seoulTime(): Directive {
  const time = `$\{time.getlocal('+09:00').strftime('%Y-%m-%d %H:%M:%S')}`;
  return {
    head: "filter events.**",
    parameters: { "@type": "record_transformer", enable_ruby: true },
    within: [{ head: "record", parameters: { time } }],
  };
}

/** Takes the record's own `time` for fluentd's, which chooses the day's directory; a record without one keeps when it came. */
function dayByOwnTime(): Directive {
  const own = "Time.strptime(record['time'].to_s + ' +0900', '%Y-%m-%d %H:%M:%S %z')";
  return {
    head: "filter events.**",
    parameters: {
      "@type": "record_transformer",
      enable_ruby: true,
      auto_typecast: true,
      renew_time_key: "own_time",
      remove_keys: "own_time",
    },
    within: [{ head: "record", parameters: { own_time: `$\{(${own} rescue time).to_f}` } }],
  };
}

function toKafka({ kafka, bufferMiB }: FluentdShape): Directive {
  return {
    head: "store",
    parameters: {
      "@type": "kafka2",
      "@id": "to_kafka",
      brokers: kafka.bootstrapServers,
      default_topic: kafka.topic,
      required_acks: -1,
      compression_codec: "gzip",
      use_event_time: false,
    },
    within: [json(), buffer("topic", "kafka", bufferMiB, { flush_interval: "3s", chunk_limit_size: "1m" })],
  };
}

function toHdfs({ hdfs, bufferMiB }: FluentdShape): Directive {
  const [first = "", second] = hdfs.nameNodes;
  return {
    head: "store",
    parameters: {
      "@type": "webhdfs",
      "@id": "to_hdfs",
      namenode: first,
      ...(second === undefined ? {} : { standby_namenode: second, failures_before_use_standby: 3 }),
      username: "lab",
      // One file for each chunk: a chunk that is tried again overwrites its own file, and nothing is written twice.
      append: false,
      path: `${hdfs.directory}/dt=%Y-%m-%d/events.fluentd.$\{chunk_id}`,
      extension: ".json",
      ignore_start_check_error: true,
    },
    within: [
      json(),
      buffer("time", "hdfs", bufferMiB, {
        timekey: "1d",
        timekey_zone: "+0900",
        flush_mode: "interval",
        flush_interval: `${hdfs.flushSeconds}s`,
        chunk_limit_size: "64m",
      }),
    ],
  };
}

function json(): Directive {
  return { head: "format", parameters: { "@type": "json" } };
}

/** A buffer on the volume that tries for ever, and when it is full keeps the source waiting instead of dropping. */
function buffer(key: string, name: string, limitMiB: number, own: Directive["parameters"]): Directive {
  return {
    head: `buffer ${key}`,
    parameters: {
      "@type": "file",
      path: `${BUFFER_DIRECTORY}/${name}`,
      ...own,
      total_limit_size: `${limitMiB}m`,
      overflow_action: "block",
      retry_forever: true,
      retry_max_interval: "30s",
    },
  };
}

function written({ head, parameters, within = [] }: Directive, indent = ""): string {
  const deeper = `${indent}  `;
  return [
    `${indent}<${head}>\n`,
    ...Object.entries(parameters).map(([key, value]) => `${deeper}${key} ${value}\n`),
    ...within.map((directive) => written(directive, deeper)),
    `${indent}</${head.split(" ")[0]}>\n`,
  ].join("");
}
