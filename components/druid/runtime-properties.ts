import { secretPath } from "../core/password";
import { type RoleMemory, type RoleShare, SMALL_MIB } from "./memory";
import { ROLE_FACTS, type Role } from "./roles";

/** Where a role with a volume keeps its files. */
export const DATA_PATH = "/var/lib/druid";
/** Environment variable with the name under which the others reach a pod. */
export const HOST_VARIABLE = "DRUID_HOST";
/** Directories on HDFS. */
export const SEGMENTS_PATH = "/druid/segments";
export const TASK_LOGS_PATH = "/druid/indexing-logs";
/** Share of a Historical's volume that segments may fill. */
const SEGMENT_CACHE_SHARE = 0.9;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

/** Where Druid keeps what it knows. */
export interface MetadataStore {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** The password's file, in the group `mysql`. */
  readonly passwordFile: string;
}

/** What the configuration of a role depends on. */
export interface RoleConfig {
  readonly zookeeper: string;
  readonly metadata: MetadataStore;
  readonly share: RoleShare & { readonly storageGiB?: number };
  readonly memory: RoleMemory;
}

type Properties = Record<string, string | number | boolean | object>;

/** Text of a role's runtime.properties. */
export function runtimeProperties(role: Role, config: RoleConfig): string {
  const lines = { ...common(role, config), ...processing(config), ...OWN[role](config) };
  return `${Object.entries(lines)
    .map(([key, value]) => `druid.${key}=${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("\n")}\n`;
}

/** Text of log4j2.xml: one line per event on standard output, where the kubelet collects it. */
export function log4j2Xml(): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <Console name="console" target="SYSTEM_OUT">
      <PatternLayout pattern="%d{ISO8601} %p [%t] %c{1} - %m%n"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="info"><AppenderRef ref="console"/></Root>
    <!-- Dozens of lines at each start of a server or a task. -->
    <Logger name="org.apache.druid.guice.JsonConfigurator" level="warn"/>
    <Logger name="com.sun.jersey.guice" level="warn"/>
    <Logger name="org.apache.kafka.clients" level="warn"/>
    <Logger name="org.apache.kafka.common" level="warn"/>
    <Logger name="org.apache.zookeeper" level="warn"/>
    <Logger name="org.apache.curator" level="warn"/>
    <!-- It says at each start that it runs without its native library. -->
    <Logger name="org.apache.hadoop.util.NativeCodeLoader" level="error"/>
  </Loggers>
</Configuration>
`;
}

function common(role: Role, { zookeeper, share }: RoleConfig): Properties {
  const { port, extensions } = ROLE_FACTS[role];
  const small = share.memoryMiB < SMALL_MIB;
  return {
    service: `druid/${role}`,
    // Resolved by Druid itself, so that one file serves all pods.
    host: `\${env:${HOST_VARIABLE}}`,
    plaintextPort: port,
    "extensions.directory": "/opt/druid/extensions",
    "extensions.loadList": extensions,
    "zk.service.host": zookeeper,
    "zk.paths.base": "/druid",
    "selectors.indexing.serviceName": "druid/overlord",
    "selectors.coordinator.serviceName": "druid/coordinator",
    emitter: "noop",
    "server.http.numThreads": small ? 16 : 60,
    "server.http.gracefulShutdownTimeout": "PT20S",
    ...(small ? { "global.http.numConnections": 8, "global.http.numMaxThreads": 10 } : {}),
    "lookup.enableLookupSyncOnStartup": false, // else it waits for the Coordinator, which may start later
    ...(extensions.includes("druid-hdfs-storage")
      ? { "storage.type": "hdfs", "storage.storageDirectory": SEGMENTS_PATH }
      : {}),
  };
}

function processing({ memory }: RoleConfig): Properties {
  if (!memory.processing) return {};
  const { bufferMiB, threads, mergeBuffers } = memory.processing;
  return {
    "processing.buffer.sizeBytes": bufferMiB * MIB,
    "processing.numThreads": threads,
    "processing.numMergeBuffers": mergeBuffers,
  };
}

const TASK_LOGS = { "indexer.logs.type": "hdfs", "indexer.logs.directory": TASK_LOGS_PATH };

const OWN: Readonly<Record<Role, (config: RoleConfig) => Properties>> = {
  coordinator: ({ metadata, share }) => {
    const small = share.memoryMiB < SMALL_MIB;
    const { host, port, database, user, passwordFile } = metadata;
    return {
      "coordinator.asOverlord.enabled": true,
      "coordinator.asOverlord.overlordService": "druid/overlord",
      "metadata.storage.type": "mysql",
      // Without TLS the server's key for the password has to come from the server.
      "metadata.storage.connector.connectURI": `jdbc:mysql://${host}:${port}/${database}?allowPublicKeyRetrieval=true`,
      "metadata.storage.connector.user": user,
      // Read by Druid when it connects: no copy of the password anywhere.
      "metadata.storage.connector.password": `\${file:UTF-8:${secretPath("mysql", passwordFile)}}`,

      "indexer.storage.type": "metadata",
      "indexer.runner.type": "httpRemote",
      // Tasks of an Indexer that does not come back fail after this, and what they read is read again.
      "indexer.runner.taskCleanupTimeout": "PT2M",
      ...TASK_LOGS,
      "indexer.logs.kill.enabled": true,
      "indexer.logs.kill.durationToRetain": 7 * DAY_MS,

      // How long a published segment waits until a Historical is told to load it.
      "coordinator.startDelay": small ? "PT2S" : "PT30S",
      "coordinator.period": small ? "PT2S" : "PT15S",
      "manager.segments.pollDuration": small ? "PT2S" : "PT15S",
      "indexer.queue.startDelay": small ? "PT1S" : "PT30S",

      // Replaced segments leave HDFS a week (a day) after they were replaced.
      "coordinator.kill.on": true,
      "coordinator.kill.period": "PT1H",
      "coordinator.kill.ignoreDurationToRetain": true,
      "coordinator.kill.bufferPeriod": small ? "P1D" : "P7D",
    };
  },
  broker: ({ share }) => ({
    ...(share.memoryMiB < SMALL_MIB
      ? { "broker.http.numConnections": 8, "broker.http.numMaxThreads": 10 }
      : { "broker.http.numConnections": 50 }),
    "broker.retryPolicy.numTries": 3, // a segment may move while a query looks for it
    "sql.planner.metadataRefreshPeriod": share.memoryMiB < SMALL_MIB ? "PT5S" : "PT1M",
  }),
  historical: ({ share }) => {
    const maxSize = Math.floor((share.storageGiB ?? 1) * GIB * SEGMENT_CACHE_SHARE);
    return {
      "segmentCache.locations": [{ path: `${DATA_PATH}/segment-cache`, maxSize }],
      "server.maxSize": maxSize,
    };
  },
  indexer: ({ memory }) => ({
    "worker.capacity": memory.taskSlots ?? 1,
    "worker.numConcurrentMerges": Math.max(1, Math.floor((memory.taskSlots ?? 1) / 4)),
    "worker.baseTaskDirs": [`${DATA_PATH}/task`],
    // What a task has not published when its Indexer stops is read again from Kafka by the next one.
    "indexer.task.gracefulShutdownTimeout": "PT20S",
    ...TASK_LOGS,
  }),
  router: ({ share }) => ({
    "router.defaultBrokerServiceName": "druid/broker",
    "router.coordinatorServiceName": "druid/coordinator",
    "router.managementProxy.enabled": true,
    ...(share.memoryMiB < SMALL_MIB
      ? { "router.http.numConnections": 8, "router.http.numMaxThreads": 16 }
      : { "router.http.numConnections": 50 }),
    "router.http.readTimeout": "PT5M",
  }),
};
