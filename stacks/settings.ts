import { type NotebookSettings, notebookProblem, notebookRule } from "./notebook-settings";
import {
  fields,
  flag,
  oneOf,
  optional,
  projectFile,
  type Rule,
  readKey,
  SettingsError,
  share,
  someOf,
  text,
  wholeNumber,
  withDefault,
} from "./settings-rules";
import { SIZES, type SizeName } from "./sizes";
import { smartcarProblem } from "./smartcar-limits";

/** Prefix of the keys that are ours in a stack's config file. */
export const PROJECT = "bigdata-lab";
/** Context of the embedded cluster: no other cluster is touched unless the config names it. */
export const EMBEDDED_CONTEXT = "bigdata-lab";
/** The password that everybody knows. */
const KNOWN_PASSWORD = "tiger";

/** Pipelines a stack may ask for. */
export const PIPELINE_NAMES = ["kappa", "lambda", "smartcar"] as const;
export type PipelineName = (typeof PIPELINE_NAMES)[number];

/** What is deliberately not in order among the generated events: shares of all of them, 0 to 1 each. */
export interface Disorder {
  /** Events followed by a copy of themselves. */
  readonly duplicates: number;
  /** Events whose time lies up to `lateSeconds` back. */
  readonly late: number;
  /** @default 60 */
  readonly lateSeconds: number;
  /** Events followed by a record that is no event. */
  readonly malformed: number;
  /** Events followed by one whose id joins no row of the static tables. */
  readonly nullJoin: number;
}

/** What the collector makes, for all pipelines that start with it. */
export interface EventsSettings {
  /** Events it makes in a second. @default 10 */
  readonly perSecond: number;
  /** @default all events in order */
  readonly disorder: Disorder;
}

/** What can be chosen for the kappa pipeline. */
export interface KappaSettings {
  /** Length of the tumbling windows. @default 10 */
  readonly windowSeconds: number;
  /** How far behind the newest event an event may be and still count. @default 15 */
  readonly watermarkSeconds: number;
  /** The same for a recovery, which reads the topic anew into `events_users_v2`. @default 3600 */
  readonly recoveryWatermarkSeconds: number;
}

/** What can be chosen for the lambda pipeline. */
export interface LambdaSettings {
  /** How long a Kafka indexing task reads before it publishes its segments to deep storage. @default 3600 */
  readonly taskSeconds: number;
  /** How long a file in HDFS is written before readers see it; shorter ones would be too many for one day. @default 30 */
  readonly rollSeconds: number;
  /** Hour of the day, Seoul time, at which the day before is reindexed; a late start stays within the day. @default 1 */
  readonly reindexHour: number;
}

/** Daily status files of the cars, which appear in a spool directory. */
export interface StatusFileSettings {
  /** Lines in a file, at most one for each car and second. @default 1500, with which a day has the sources' 2.2 million, or as many as the cars can write */
  readonly lines?: number | undefined;
  /** A new file appears so often; 86400 makes one a day. @default 60 */
  readonly everySeconds: number;
  /** Share of lines that are none, which Flume leaves out. @default 0.001 */
  readonly garbage: number;
  /** How long a file in HDFS is written before readers see it. @default 60 */
  readonly rollSeconds: number;
}

/** What can be chosen for the smart car pipeline. */
export interface SmartCarSettings {
  /** Cars, each with one reading a second. @default 100 */
  readonly cars: number;
  /** Length that readings are filled up to, in bytes; 0 leaves them as they are. The sources' are about 4096. @default 0 */
  readonly readingBytes: number;
  /** Decides how the cars drive. @default 1 */
  readonly seed: number;
  readonly statusFiles: StatusFileSettings;
  /** Whether the topology runs; without it readings wait in their topic. @default true */
  readonly topology: boolean;
  /** EPL file with the rule for speeding, from the project's root. @default "stacks/over-speed.epl" */
  readonly rule: string;
  /** How long Redis keeps a day's speeding cars, in hours. @default 168, one week */
  readonly keepHours: number;
}

/** A stack's config, checked. */
export interface Settings {
  /** What is deployed. */
  readonly pipelines: readonly PipelineName[];
  /** How large, and how safe, everything is. */
  readonly size: SizeName;
  /** Namespace of all objects. @default "bigdata-lab" in stack lab, else "bigdata-lab-<stack>" */
  readonly namespace: string;
  /** Context of the kubeconfig. @default that of the embedded cluster */
  readonly context: string;
  /** `registry/prefix` that images are pushed to. @default they stay on this machine */
  readonly images: string | undefined;
  /** @default random */
  readonly mysqlRootPassword: string | undefined;
  /** Password of `scott`. @default "tiger" in size lab, else random */
  readonly mysqlScottPassword: string | undefined;
  readonly events: EventsSettings;
  readonly kappa: KappaSettings;
  readonly lambda: LambdaSettings;
  readonly smartcar: SmartCarSettings;
  /** @default no notebook */
  readonly notebook: NotebookSettings | undefined;
  /** Secret of the cluster of Spark's own that `notebook.master` names; only there, and needed there. */
  readonly sparkSecret: string | undefined;
}

const disorderRule = fields<Disorder>({
  duplicates: withDefault(share(), 0),
  late: withDefault(share(), 0),
  lateSeconds: withDefault(wholeNumber(1, 604_800), 60),
  malformed: withDefault(share(), 0),
  nullJoin: withDefault(share(), 0),
});

const eventsRule = fields<EventsSettings>({
  perSecond: withDefault(wholeNumber(1, 100_000), 10),
  disorder: withDefault(disorderRule, readKey("disorder", {}, disorderRule)),
});

const kappaRule = fields<KappaSettings>({
  windowSeconds: withDefault(wholeNumber(1, 86_400), 10),
  watermarkSeconds: withDefault(wholeNumber(0, 86_400), 15),
  recoveryWatermarkSeconds: withDefault(wholeNumber(0, 604_800), 3600),
});

const lambdaRule = fields<LambdaSettings>({
  taskSeconds: withDefault(wholeNumber(60, 86_400), 3600),
  rollSeconds: withDefault(wholeNumber(30, 3600), 30),
  reindexHour: withDefault(wholeNumber(1, 17), 1),
});

const statusFilesRule = fields<StatusFileSettings>({
  lines: optional(wholeNumber(1, 10_000_000)),
  everySeconds: withDefault(wholeNumber(10, 86_400), 60),
  garbage: withDefault(share(), 0.001),
  rollSeconds: withDefault(wholeNumber(30, 3600), 60),
});

const smartcarRule = fields<SmartCarSettings>({
  cars: withDefault(wholeNumber(1, 20_000), 100),
  readingBytes: withDefault(wholeNumber(0, 65_536), 0),
  seed: withDefault(wholeNumber(0, 2 ** 31 - 1), 1),
  statusFiles: withDefault(statusFilesRule, readKey("statusFiles", {}, statusFilesRule)),
  topology: withDefault(flag(), true),
  rule: withDefault(projectFile(".epl"), "stacks/over-speed.epl"),
  keepHours: withDefault(wholeNumber(1, 8_760), 168),
});

const secretText: Rule<string | undefined> = optional(
  text(/^[\x21-\x7e]{4,128}$/, "4 to 128 visible ASCII characters", true),
);

function rules(stack: string): Rule<Settings> {
  return fields<Settings>({
    pipelines: someOf(PIPELINE_NAMES),
    size: oneOf(Object.keys(SIZES) as SizeName[]),
    namespace: withDefault(
      text(/^(?!kube-)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a DNS label of at most 63 characters, not kube-…"),
      stack === "lab" ? PROJECT : `${PROJECT}-${stack}`,
    ),
    context: withDefault(text(/\S/, "a context of the kubeconfig"), EMBEDDED_CONTEXT),
    images: optional(text(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/, "registry/prefix, in lower case, without a tag")),
    mysqlRootPassword: secretText,
    mysqlScottPassword: secretText,
    events: withDefault(eventsRule, readKey("events", {}, eventsRule)),
    kappa: withDefault(kappaRule, readKey("kappa", {}, kappaRule)),
    lambda: withDefault(lambdaRule, readKey("lambda", {}, lambdaRule)),
    smartcar: withDefault(smartcarRule, readKey("smartcar", {}, smartcarRule)),
    notebook: optional(notebookRule),
    sparkSecret: secretText,
  });
}

/** Keys whose values are objects or lists, which Pulumi hands over as JSON. */
export const STRUCTURED: ReadonlySet<string> = new Set(["pipelines", "events", "notebook", ...PIPELINE_NAMES]);

/** Prefixes of keys that Pulumi and the providers of this program read. */
const OTHER_PREFIXES = ["pulumi", "kubernetes", "docker"];

/**
 * Checks a stack's whole config, before anything is declared.
 * @param config all keys as Pulumi hands them over, e.g. `bigdata-lab:size`; keys of Pulumi's providers are not ours to judge
 * @throws SettingsError with one line on the first thing that is wrong
 */
export function readSettings(config: Readonly<Record<string, string>>, stack: string): Settings {
  const foreign = Object.keys(config).find((key) => ![PROJECT, ...OTHER_PREFIXES].includes(key.split(":")[0] ?? ""));
  if (foreign) {
    const prefixes = [PROJECT, ...OTHER_PREFIXES].map((prefix) => `${prefix}:…`);
    throw SettingsError.key(foreign, prefixes);
  }
  const own = Object.entries(config)
    .filter(([key]) => key.startsWith(`${PROJECT}:`))
    .map(([key, value]) => {
      const name = key.slice(PROJECT.length + 1);
      return [name, STRUCTURED.has(name) ? parsed(value) : value];
    });
  const settings = readKey(`${PROJECT}:`, Object.fromEntries(own), rules(stack));
  refuseImpossible(
    settings,
    own.map(([key]) => key),
  );
  return {
    ...settings,
    mysqlScottPassword: settings.mysqlScottPassword ?? (settings.size === "lab" ? KNOWN_PASSWORD : undefined),
  };
}

function refuseImpossible(
  { size, kappa, lambda, smartcar, notebook, pipelines, mysqlScottPassword, sparkSecret }: Settings,
  given: unknown[],
): void {
  const key = (name: string) => `${PROJECT}:${name}`;
  if (size !== "lab" && mysqlScottPassword === KNOWN_PASSWORD) {
    throw SettingsError.value(
      key("mysqlScottPassword"),
      mysqlScottPassword,
      "the well-known password in size lab only",
      true,
    );
  }
  for (const name of PIPELINE_NAMES) {
    if (given.includes(name) && !pipelines.includes(name)) {
      throw SettingsError.value(key(name), pipelines, `only with ${name} in ${key("pipelines")}`);
    }
  }
  for (const name of ["events", "notebook"]) {
    if (given.includes(name) && !pipelines.some((pipeline) => pipeline !== "smartcar")) {
      throw SettingsError.value(key(name), pipelines, `only with kappa or lambda in ${key("pipelines")}`);
    }
  }
  const wrong = notebookProblem(notebook, sparkSecret);
  if (wrong) throw SettingsError.value(key(wrong.key), wrong.given, wrong.allowed, wrong.secret);
  if (pipelines.includes("smartcar")) {
    const impossible = smartcarProblem(smartcar, SIZES[size]);
    if (impossible) throw SettingsError.value(key(`smartcar.${impossible.key}`), impossible.given, impossible.allowed);
  }
  const longestTask = (SIZES[size].kafka.retentionHours * 3600) / 4;
  if (lambda.taskSeconds > longestTask) {
    throw SettingsError.value(
      key("lambda.taskSeconds"),
      lambda.taskSeconds,
      `at most ${longestTask}, a quarter of the topics' retention in size ${size}: a task that fails reads again from its begin`,
    );
  }
  if (kappa.recoveryWatermarkSeconds < kappa.watermarkSeconds) {
    throw SettingsError.value(
      key("kappa.recoveryWatermarkSeconds"),
      kappa.recoveryWatermarkSeconds,
      `at least kappa.watermarkSeconds (${kappa.watermarkSeconds}), or a recovery would lose what was counted`,
    );
  }
}

/** The value behind JSON; what is not JSON is a plain text, which the rule then refuses by name. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
