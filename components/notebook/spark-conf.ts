import * as pulumi from "@pulumi/pulumi";
import { type JvmNeeds, jvmMemory } from "../core/jvm-memory";
import { isOnKubernetes, isStandalone } from "./spark-keys";

/** Port of Spark's own page, while a notebook runs Spark. */
export const SPARK_UI_PORT = 4040;
/** Where executors of a cluster reach the notebook: its scheduler, and its blocks. */
export const DRIVER_PORT = 7078;
export const BLOCK_PORT = 7079;
/** What pods of executors carry that may reach those ports, and call the servers which the notebook calls. */
export const EXECUTOR_LABELS: Readonly<Record<string, string>> = { "bigdata-lab/executor-of": "notebook" };
/** Jars that Spark does not bring itself; executors get them from the notebook. */
const JARS = "/opt/notebook/jars/*.jar";

/**
 * JupyterLab, a kernel with charts, and who runs a notebook without its page: measured 87, 146 and 78 MiB. The rest is for a
 * second kernel without Spark.
 */
const PYTHON_MIB = 480;
/** Spark with one query: its classes and those it makes from the query, and threads for each core and each task. */
const SPARK: JvmNeeds = { metaspaceMiB: 192, codeCacheMiB: 80, directMiB: 64, threads: 160, minHeapMiB: 512 };

/** What decides how the notebooks' Spark runs. */
export interface SparkShape {
  /** Memory limit of the notebook's pod. */
  readonly memoryMiB: number;
  /** URL of the master, `local[…]` for none. */
  readonly master: string;
  /** Name under which executors reach the notebook. */
  readonly host: string;
  /** Further settings by key; they win over defaults. */
  readonly conf: Readonly<Record<string, string>>;
  /** Secret of a cluster of Spark's own, which needs one. @default none */
  readonly clusterSecret?: string | undefined;
}

/** Whether executors run somewhere else than in the notebook's pod. */
export function hasExecutors(master: string): boolean {
  return !master.startsWith("local");
}

function executorLabels(): Record<string, string> {
  const labels = Object.entries(EXECUTOR_LABELS);
  return Object.fromEntries(labels.map(([label, value]) => [`spark.kubernetes.executor.label.${label}`, value]));
}

/** Ports of the servers that a master's URL names. */
export function masterPorts(master: string): number[] {
  return [...new Set([...master.matchAll(/[\w.-]:(\d+)/g)].map(([, port]) => Number(port)))];
}

/**
 * Text of spark-defaults.conf, which every session of every notebook begins with.
 * @throws when the memory limit is too small for Spark beside Python, and when a cluster of Spark's own has no secret
 */
export function sparkDefaults({ memoryMiB, master, host, conf, clusterSecret }: SparkShape): string {
  if (isStandalone(master) && !clusterSecret)
    throw new pulumi.RunError(
      `notebook: a secret is needed for ${master}: whoever reaches the driver could run code in it`,
    );
  const memory = jvmMemory("notebook", memoryMiB - PYTHON_MIB, SPARK);
  const flags = [
    `-XX:MaxMetaspaceSize=${memory.metaspaceMiB}m`,
    `-XX:ReservedCodeCacheSize=${memory.codeCacheMiB}m`,
    `-XX:MaxDirectMemorySize=${memory.directMiB}m`,
    "-XX:+UseSerialGC", // the collector with the smallest books, for a heap that is small
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:+PerfDisableSharedMem",
    "-Dlog4j2.configurationFile=/opt/notebook/log4j2.properties",
  ];
  const alone = { "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1" };
  const reached = {
    "spark.driver.host": host,
    "spark.driver.bindAddress": "0.0.0.0",
    "spark.driver.port": String(DRIVER_PORT),
    "spark.driver.blockManager.port": String(BLOCK_PORT),
    "spark.blockManager.port": String(BLOCK_PORT),
    "spark.jars": JARS,
    // On Kubernetes Spark makes a secret for each session, and gives it to the executors it starts.
    "spark.authenticate": "true",
    ...(isStandalone(master) && clusterSecret ? { "spark.authenticate.secret": clusterSecret } : {}),
    ...(isOnKubernetes(master) ? executorLabels() : {}),
  };
  const settings: Record<string, string> = {
    "spark.master": master,
    "spark.driver.memory": `${memory.heapMiB}m`,
    "spark.driver.extraJavaOptions": flags.join(" "),
    "spark.ui.port": String(SPARK_UI_PORT),
    "spark.ui.showConsoleProgress": "false", // it would fill a notebook's output with bars
    "spark.sql.warehouse.dir": "/tmp/warehouse",
    "spark.sql.session.timeZone": "Asia/Seoul",
    "spark.sql.shuffle.partitions": "5",
    ...(hasExecutors(master) ? reached : alone),
    ...conf,
  };
  // A backslash would escape what follows it, and one of these at the begin would count as what separates key and value.
  const escaped = (value: string) => value.replaceAll("\\", "\\\\").replace(/^[=:]/, "\\$&");
  const lines = Object.entries(settings).map(([key, value]) => `${key} ${escaped(value)}`);
  return `${lines.join("\n")}\n`;
}
