import { createHash } from "node:crypto";

/** Port of clients and brokers. */
export const KAFKA_PORT = 9093;
/** Port of the KRaft quorum, between brokers only. */
export const CONTROLLER_PORT = 9094;
/** What the image's launcher replaces by the ordinal of the pod, the one thing that differs between brokers. */
export const ORDINAL = "@ORDINAL@";

/** Below this limit a broker does with few threads and small buffers. */
const SMALL_MIB = 1024;

export interface KafkaShape {
  /** Brokers; each is a controller as well. */
  readonly brokers: number;
  /** Copies of each partition. */
  readonly replicationFactor: number;
  /** Copies a write must reach before it is acknowledged. */
  readonly minInSyncReplicas: number;
}

/** Name of one broker as the others and all clients reach it. */
export function brokerHost(namespace: string, ordinal: number | string): string {
  return `kafka-${ordinal}.kafka-brokers.${namespace}.svc.cluster.local`;
}

/** 22 characters that say which cluster a volume belongs to; the same for the same namespace. */
export function clusterId(namespace: string): string {
  return createHash("sha256").update(`bigdata-lab kafka ${namespace}`).digest().subarray(0, 16).toString("base64url");
}

/** Says in one line what is wrong with a shape; undefined when nothing is. */
export function shapeProblem({ brokers, replicationFactor, minInSyncReplicas }: KafkaShape): string | undefined {
  if (!Number.isInteger(brokers) || brokers < 1) return `brokers must be a whole number from 1, got ${brokers}`;
  if (brokers % 2 === 0)
    return `brokers must be odd, for a quorum that survives the loss of a minority, got ${brokers}`;
  if (replicationFactor > brokers)
    return `replicationFactor must be at most brokers (${brokers}), got ${replicationFactor}`;
  if (minInSyncReplicas > replicationFactor) {
    return `minInSyncReplicas must be at most replicationFactor (${replicationFactor}), got ${minInSyncReplicas}`;
  }
  return undefined;
}

/** Text of server.properties for all brokers of a cluster. */
export function serverProperties(namespace: string, shape: KafkaShape, memoryMiB: number): string {
  const { brokers, replicationFactor, minInSyncReplicas } = shape;
  const ordinals = Array.from({ length: brokers }, (_, ordinal) => ordinal);
  const single = brokers === 1;
  const small = memoryMiB < SMALL_MIB;
  const lines: Record<string, string | number | boolean> = {
    "process.roles": "broker,controller",
    "node.id": ORDINAL,
    "controller.quorum.voters": ordinals.map((id) => `${id}@${brokerHost(namespace, id)}:${CONTROLLER_PORT}`).join(","),
    listeners: `PLAINTEXT://:${KAFKA_PORT},CONTROLLER://:${CONTROLLER_PORT}`,
    "advertised.listeners": `PLAINTEXT://${brokerHost(namespace, ORDINAL)}:${KAFKA_PORT}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": "/var/lib/kafka/data",

    // What is acknowledged is on so many replicas, and no replica that missed a write may lead.
    "default.replication.factor": replicationFactor,
    "min.insync.replicas": minInSyncReplicas,
    "unclean.leader.election.enable": false,
    "offsets.topic.replication.factor": replicationFactor,
    "transaction.state.log.replication.factor": replicationFactor,
    "transaction.state.log.min.isr": minInSyncReplicas,
    "share.coordinator.state.topic.replication.factor": replicationFactor,
    "share.coordinator.state.topic.min.isr": minInSyncReplicas,

    // Topics are declared; a misspelt one is an error.
    "auto.create.topics.enable": false,
    "num.partitions": 6,

    // A broker alone has few clients, and one with little memory few threads: both save a third of it.
    "offsets.topic.num.partitions": single ? 5 : 50,
    "transaction.state.log.num.partitions": single ? 5 : 50,
    "share.coordinator.state.topic.num.partitions": single ? 1 : 50,
    "num.network.threads": small ? 2 : 3,
    "num.io.threads": small ? 2 : 8,
    "background.threads": small ? 2 : 10,
    "num.replica.fetchers": small ? 1 : 2,
    "log.cleaner.dedupe.buffer.size": small ? 4 * 1024 ** 2 : 128 * 1024 ** 2,
    "socket.request.max.bytes": small ? 16 * 1024 ** 2 : 100 * 1024 ** 2,
    "group.initial.rebalance.delay.ms": single ? 0 : 3000,
    // Jobs restart one by one in a rollout; a member that died must not hold its partitions for long.
    "group.min.session.timeout.ms": 6000,
  };
  return `${Object.entries(lines)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n")}\n`;
}

/** Text of log4j2.properties: one line per event on standard output, where the kubelet collects it. */
export function log4j2Properties(): string {
  return [
    "status=warn",
    "appender.console.type=Console",
    "appender.console.name=console",
    "appender.console.layout.type=PatternLayout",
    "appender.console.layout.pattern=%d{ISO8601} %p %c{1}: %m%n",
    "rootLogger.level=info",
    "rootLogger.appenderRef.console.ref=console",
    // Hundreds of lines at each start, or one for each produce request of a client that is being fenced.
    "logger.config.name=org.apache.kafka.common.config",
    "logger.config.level=warn",
    "logger.request.name=kafka.request.logger",
    "logger.request.level=warn",
    "",
  ].join("\n");
}
