/** What a Flume agent does: sources put events into channels, sinks take them out. Keys are the components' names. */
export interface FlumeConfig {
  readonly sources: Readonly<Record<string, Source>>;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly sinks: Readonly<Record<string, Sink>>;
}

/** What all sources have. */
interface AnySource {
  /** Channels each event is put into; a batch is taken only when all of them have it. */
  readonly channels: readonly string[];
  /** Applied to each event in this order. @default none */
  readonly interceptors?: readonly Interceptor[];
  /** Most events put into the channels in one transaction. @default 100 */
  readonly batchSize?: number;
}

/** Records of topics, each an event with the header `timestamp` (Kafka's). At-least-once: offsets follow the channel. */
export interface KafkaSource extends AnySource {
  readonly type: "kafka";
  readonly bootstrapServers: string;
  readonly topics: readonly string[];
  readonly groupId: string;
  /** Longest time until a batch that is not full is put. @default 1000 */
  readonly batchMs?: number;
  /** Further settings of Kafka's consumer. @default none */
  readonly consumer?: Readonly<Record<string, string | number>>;
}

/** Lines appended to files; where it is in each of them is kept on the agent's volume. */
export interface TaildirSource extends AnySource {
  readonly type: "taildir";
  /** Path of the files of each group; its last part may be a regular expression. */
  readonly fileGroups: Readonly<Record<string, string>>;
  /** Headers of all events of a group. @default none */
  readonly headers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Pause after which a file is closed, and a last line without its end is taken as it is. @default 120 */
  readonly idleSeconds?: number;
}

/** Lines of files that are complete when they appear in a directory; a file that was read is renamed. */
export interface SpooldirSource extends AnySource {
  readonly type: "spooldir";
  readonly directory: string;
  /** Pause between two looks. @default 500 */
  readonly pollMs?: number;
  /** @default "rename": the file gets the suffix `.COMPLETED` */
  readonly afterwards?: "rename" | "delete";
  /** Name the file in the header `basename`. @default false */
  readonly basenameHeader?: boolean;
}

export type Source = KafkaSource | TaildirSource | SpooldirSource;

export type Interceptor =
  /** Header `timestamp`: the time now. */
  | { readonly type: "timestamp" /** @default true */; readonly preserveExisting?: boolean }
  | { readonly type: "static"; readonly key: string; readonly value: string }
  /** Keeps events whose text matches, or those whose text does not. */
  | { readonly type: "regex-filter"; readonly pattern: string; readonly keep: "matching" | "others" }
  /** Headers from the groups of a pattern, in their order; an event that does not match gets none. */
  | { readonly type: "regex-extractor"; readonly pattern: string; readonly headers: readonly string[] }
  /** Ends the text with `,yyyyMMdd`, the day in Seoul of the header `timestamp`, else of now; `header` gets the day as well. */
  | { readonly type: "append-date"; readonly header: string }
  /** Header `header`: day in Seoul, `YYYY-MM-DD`, of the JSON field `field`, else of Kafka's time; makes the event one line. */
  | { readonly type: "event-day"; readonly field: string; readonly header: string };

/** Events on the agent's volume: what was put survives its end. */
export interface FileChannel {
  readonly type: "file";
  /** Most events in it. @default 1 000 000 */
  readonly capacity?: number;
  /** Most events put or taken at once. @default 10 000 */
  readonly transactionCapacity?: number;
  /** Size at which a new file is begun, MiB. @default 64 */
  readonly maxFileMiB?: number;
  /** What stays free on the volume, MiB: below it the channel takes no more. @default 64 */
  readonly minFreeMiB?: number;
}

/** Events in a topic, for agents without a volume, or for others to read. */
export interface KafkaChannel {
  readonly type: "kafka";
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly groupId: string;
  /** Records are plain texts, without Flume's envelope and so without headers. @default false */
  readonly plain?: boolean;
}

/** There is no channel in memory: what was taken from a source is never only there. */
export type Channel = FileChannel | KafkaChannel;

/** Files of lines in HDFS. */
export interface HdfsSink {
  readonly type: "hdfs";
  readonly channel: string;
  /** Directory below which there is one directory for each value of `partition`. */
  readonly directory: string;
  /** Name of those directories; `%{header}` is an event's header. @example "dt=%{dt}" */
  readonly partition: string;
  /** What file names begin with; the agent's host and run follow, so that no two runs write the same file. */
  readonly filePrefix: string;
  /** What they end with. @default none */
  readonly fileSuffix?: string;
  /** Age at which a file is closed and shown to readers. */
  readonly rollSeconds: number;
  /** Size at which it is. */
  readonly rollMiB: number;
  /** Pause after which it is. @default none but its age */
  readonly idleSeconds?: number;
  /** Most events in one transaction. @default 1000 */
  readonly batchSize?: number;
  /** Most files written at once. @default 20 */
  readonly maxOpenFiles?: number;
}

/** Records of a topic. */
export interface KafkaSink {
  readonly type: "kafka";
  readonly channel: string;
  readonly bootstrapServers: string;
  readonly topic: string;
  /** @default 100 */
  readonly batchSize?: number;
  /** Further settings of Kafka's producer. @default none */
  readonly producer?: Readonly<Record<string, string | number>>;
}

export type Sink = HdfsSink | KafkaSink;

/** In any value: what Flume replaces by a variable of its environment when it starts. `HOSTNAME` is the pod's name. */
export function environment(variable: string): string {
  return `$\{env:${variable}}`;
}

export const DEFAULT_CAPACITY = 1_000_000;
export const DEFAULT_TRANSACTION = 10_000;
/** Names of components: parts of keys. */
const NAME = /^[a-z][a-z0-9-]*$/;

/** Says in one line what is wrong with a configuration; undefined when nothing is. */
export function configProblem({ sources, channels, sinks }: FlumeConfig): string | undefined {
  const names = [...Object.keys(sources), ...Object.keys(channels), ...Object.keys(sinks)];
  const badName = names.find((name) => !NAME.test(name));
  if (badName !== undefined) return `names must match ${NAME.source}, got "${badName}"`;
  const known = Object.keys(channels).join(", ") || "none";
  if (names.length === 0) return "nothing is configured";
  return (
    firstOf(sources, (name, source) => sourceProblem(`source "${name}"`, source, channels, known)) ??
    firstOf(sinks, (name, sink) => sinkProblem(`sink "${name}"`, sink, channels, known)) ??
    firstOf(channels, (name, channel) => channelProblem(name, channel, { sources, sinks })) ??
    sharedFiles(sinks)
  );
}

function firstOf<T>(
  all: Readonly<Record<string, T>>,
  problem: (name: string, one: T) => string | undefined,
): string | undefined {
  for (const [name, one] of Object.entries(all)) {
    const found = problem(name, one);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Channels = Readonly<Record<string, Channel>>;

function sourceProblem(title: string, source: Source, channels: Channels, known: string): string | undefined {
  if (source.channels.length === 0) return `${title} has no channel`;
  const missing = source.channels.find((name) => !Object.hasOwn(channels, name));
  if (missing !== undefined) return `${title}: there is no channel "${missing}"; there are: ${known}`;
  if (source.type === "kafka" && source.topics.length === 0) return `${title} has no topic`;
  if (source.type === "taildir" && Object.keys(source.fileGroups).length === 0) return `${title} has no file group`;
  const idleSeconds = source.type === "taildir" ? source.idleSeconds : undefined;
  return (
    numberProblem(title, { batchSize: source.batchSize, idleSeconds }) ??
    interceptorProblem(title, source.interceptors ?? []) ??
    firstFound(source.channels.map((name) => batchProblem(title, source.batchSize, channels[name])))
  );
}

function interceptorProblem(title: string, interceptors: readonly Interceptor[]): string | undefined {
  for (const interceptor of interceptors) {
    if (interceptor.type !== "regex-extractor") continue;
    const { pattern, headers } = interceptor;
    const groups = (pattern.match(/(?<!\\)\((?!\?)/g) ?? []).length;
    if (headers.length === 0 || headers.length !== groups)
      return `${title}: the pattern ${pattern} has ${groups} groups for ${headers.length} headers`;
  }
  return undefined;
}

function sinkProblem(title: string, sink: Sink, channels: Channels, known: string): string | undefined {
  const channel = Object.hasOwn(channels, sink.channel) ? channels[sink.channel] : undefined;
  if (!channel) return `${title}: there is no channel "${sink.channel}"; there are: ${known}`;
  if (sink.type === "hdfs") {
    const { directory, partition, filePrefix, rollSeconds, rollMiB, idleSeconds, maxOpenFiles } = sink;
    if (!directory.startsWith("/") || /[%*?[{]/.test(directory))
      return `${title}: directory must be a path from / without patterns, got "${directory}"`;
    if (!/^[^/]+$/.test(partition)) return `${title}: partition must be one directory's name, got "${partition}"`;
    if (!/^[\w-]+$/.test(filePrefix))
      return `${title}: filePrefix must be of letters, digits, _ and -, got "${filePrefix}"`;
    const numbers = numberProblem(title, { rollSeconds, rollMiB, idleSeconds, maxOpenFiles });
    if (numbers !== undefined) return numbers;
  }
  return numberProblem(title, { batchSize: sink.batchSize }) ?? batchProblem(title, sink.batchSize, channel);
}

function channelProblem(
  name: string,
  channel: Channel,
  { sources, sinks }: Pick<FlumeConfig, "sources" | "sinks">,
): string | undefined {
  const fed = Object.values(sources).some((source) => source.channels.includes(name));
  const emptied = Object.values(sinks).some((sink) => sink.channel === name);
  // Others may write or read a topic; what is on the agent's own volume nobody else sees.
  if (channel.type === "kafka") return fed || emptied ? undefined : `channel "${name}" has neither a source nor a sink`;
  if (!fed) return `channel "${name}" has no source`;
  if (!emptied) return `channel "${name}" has no sink`;
  const { capacity = DEFAULT_CAPACITY, transactionCapacity = DEFAULT_TRANSACTION, maxFileMiB, minFreeMiB } = channel;
  if (transactionCapacity > capacity)
    return `channel "${name}": transactionCapacity must be at most capacity (${capacity}), got ${transactionCapacity}`;
  return numberProblem(`channel "${name}"`, { capacity, transactionCapacity, maxFileMiB, minFreeMiB });
}

function batchProblem(title: string, batchSize: number | undefined, channel: Channel | undefined): string | undefined {
  if (channel?.type !== "file" || batchSize === undefined) return undefined;
  const { transactionCapacity = DEFAULT_TRANSACTION } = channel;
  if (batchSize <= transactionCapacity) return undefined;
  return `${title}: batchSize must be at most its channel's transactionCapacity (${transactionCapacity}), got ${batchSize}`;
}

function numberProblem(title: string, numbers: Readonly<Record<string, number | undefined>>): string | undefined {
  const bad = Object.entries(numbers).find(([, n]) => n !== undefined && !(Number.isInteger(n) && n > 0));
  return bad && `${title}: ${bad[0]} must be a whole number above 0, got ${bad[1]}`;
}

/** Two sinks that write the same names would each take the other's files for its own of an earlier run. */
function sharedFiles(sinks: Readonly<Record<string, Sink>>): string | undefined {
  const seen = new Map<string, string>();
  return firstOf(sinks, (name, sink) => {
    if (sink.type !== "hdfs") return undefined;
    const files = `${sink.directory}/*/${sink.filePrefix}`;
    const other = seen.get(files);
    seen.set(files, name);
    return other && `sinks "${other}" and "${name}" both write ${files}`;
  });
}

function firstFound(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
