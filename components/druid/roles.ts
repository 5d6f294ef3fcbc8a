import type { Workload } from "../core/labels";
import type { Endpoint } from "../core/network";

/** Druid's processes. The Coordinator is Overlord too; the Indexer runs tasks as threads of its own. */
export const ROLES = ["coordinator", "broker", "historical", "indexer", "router"] as const;
export type Role = (typeof ROLES)[number];

/** What tells a role from the others, apart from its configuration. */
export interface RoleFacts {
  readonly port: number;
  /** Answers 200 once the role can do its work; `/status/health` does as soon as it listens. */
  readonly readyPath: string;
  /** Extensions it needs. Each costs memory, so no role loads all. */
  readonly extensions: readonly string[];
  /** Keeps files on a volume, and is known to the others by a name that outlives its pod. */
  readonly stateful: boolean;
  /** Roles it calls. */
  readonly calls: readonly Role[];
  /** Servers of others it calls, besides ZooKeeper. */
  readonly servers: readonly ("hdfs" | "mysql" | "kafka")[];
}

const HDFS = "druid-hdfs-storage";
const SKETCHES = "druid-datasketches";
const MSQ = "druid-multi-stage-query";
const KAFKA = "druid-kafka-indexing-service";
const MYSQL = "mysql-metadata-storage";

export const ROLE_FACTS: Readonly<Record<Role, RoleFacts>> = {
  coordinator: {
    port: 8081,
    readyPath: "/status/health",
    extensions: [MYSQL, HDFS, KAFKA, MSQ, SKETCHES], // reads every kind of task
    stateful: false,
    calls: ["coordinator", "historical", "indexer"],
    servers: ["mysql", "hdfs", "kafka"],
  },
  broker: {
    port: 8082,
    readyPath: "/druid/broker/v1/readiness",
    extensions: [HDFS, MSQ, SKETCHES], // plans statements that read HDFS, though it reads none itself
    stateful: false,
    calls: ["coordinator", "historical", "indexer"],
    servers: ["hdfs"],
  },
  historical: {
    port: 8083,
    readyPath: "/druid/historical/v1/readiness",
    extensions: [HDFS, SKETCHES],
    stateful: true,
    calls: ["coordinator"],
    servers: ["hdfs"],
  },
  indexer: {
    port: 8091,
    readyPath: "/status/health",
    extensions: [HDFS, KAFKA, MSQ, SKETCHES],
    stateful: true,
    calls: ["coordinator", "broker", "indexer"],
    servers: ["hdfs", "kafka"],
  },
  router: {
    port: 8888,
    readyPath: "/status/health",
    extensions: [],
    stateful: false,
    calls: ["coordinator", "broker"],
    servers: [],
  },
};

/** The workload of a role; its name is that of its Service too. */
export function roleWorkload(role: Role): Workload {
  return { name: `druid-${role}`, component: role };
}

/** Where a role answers. */
export function roleEndpoint(role: Role): Endpoint {
  const { name } = roleWorkload(role);
  return { workload: name, host: name, port: ROLE_FACTS[role].port };
}
