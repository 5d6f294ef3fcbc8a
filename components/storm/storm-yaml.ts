import type { SupervisorShape } from "./memory";

/** Ports of all parts of Storm, by what they are for. */
export const PORTS = { nimbus: 6627, supervisor: 6628, firstWorker: 6700, ui: 8088 } as const;
/** Where Nimbus and Supervisors keep what a restart needs: the mount of their volumes. */
export const DATA_DIRECTORY = "/var/lib/storm";
/** Nimbus stays with the least of threads until it has this much memory. */
const SMALL_MIB = 1024;

/** What decides on the settings of a cluster. */
export interface StormShape {
  readonly namespace: string;
  readonly nimbuses: number;
  /** Memory of one Nimbus. */
  readonly nimbusMiB: number;
  /** ZooKeeper, as its clients are told: `host:port`, several separated by commas. */
  readonly zookeeper: string;
  readonly supervisor: SupervisorShape;
  /** Flags of a worker's JVM. */
  readonly workerJvm: string;
}

/** Settings of Storm, by key. */
export type StormSettings = Readonly<Record<string, string | number | boolean | readonly (string | number)[] | object>>;

/** Text of a storm.yaml: JSON is YAML, so each value is quoted by its rules. */
export function stormYaml(settings: StormSettings): string {
  return `${Object.entries(settings)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join("\n")}\n`;
}

/** Name of a Nimbus as all others reach it. */
export function nimbusHost(namespace: string, ordinal: number): string {
  return `storm-nimbus-${ordinal}.storm-nimbus.${namespace}.svc.cluster.local`;
}

/** Ports of a Supervisor's workers. */
export function workerPorts({ slots }: Pick<SupervisorShape, "slots">): number[] {
  return Array.from({ length: slots }, (_, slot) => PORTS.firstWorker + slot);
}

/** Settings of clients: where Nimbus is. */
export function clientSettings({ namespace, nimbuses }: Pick<StormShape, "namespace" | "nimbuses">): StormSettings {
  return {
    "nimbus.seeds": Array.from({ length: nimbuses }, (_, ordinal) => nimbusHost(namespace, ordinal)),
    "nimbus.thrift.port": PORTS.nimbus,
    // A Nimbus that does not answer is not waited for: what asks, asks again.
    "storm.nimbus.retry.times": 1,
    "storm.nimbus.retry.interval.millis": 500,
  };
}

/** Settings of Nimbus, Supervisors and workers. */
export function serverSettings(shape: StormShape): StormSettings {
  const servers = shape.zookeeper.split(",").map((server) => server.split(":"));
  return {
    ...clientSettings(shape),
    "storm.nimbus.retry.times": 5,
    "storm.nimbus.retry.interval.millis": 1000,
    "storm.zookeeper.servers": servers.map(([host]) => host ?? ""),
    "storm.zookeeper.port": Number(servers[0]?.[1]),
    "storm.local.dir": DATA_DIRECTORY,
    // Figures are asked for while they are fresh; nobody asks for a history.
    "storm.metricstore.class": "org.apache.storm.metricstore.NoOpMetricStore",
    "executor.metrics.frequency.secs": 10,
    "worker.metrics": {},
    // Each tuple is counted, not one in twenty.
    "topology.stats.sample.rate": 1,
    "nimbus.monitor.freq.secs": 3,
    // A topology's jar is on every Nimbus before it runs, so that any of them can lead.
    "topology.min.replication.count": shape.nimbuses,
    ...(shape.nimbusMiB < SMALL_MIB ? { "nimbus.thrift.threads": 8, "nimbus.assignments.service.threads": 2 } : {}),
    "supervisor.thrift.port": PORTS.supervisor,
    "supervisor.thrift.threads": 4,
    "supervisor.slots.ports": workerPorts(shape.supervisor),
    "supervisor.blobstore.download.thread.count": 1,
    "worker.childopts": shape.workerJvm,
  };
}
