import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Endpoint, NetworkNeeds } from "../core/network";
import type { SecretFile } from "../core/password";
import type { Spread } from "../core/pod";
import type { Transform } from "../core/transform";
import type { Place } from "../namespace";
import { druidRole, type RoleInstances } from "./druid-role";
import { type RoleMemory, roleMemory } from "./memory";
import { ROLE_FACTS, ROLES, type Role, roleEndpoint, roleWorkload } from "./roles";
import { log4j2Xml, type MetadataStore, runtimeProperties } from "./runtime-properties";

/** The user and the database of Druid's metadata. */
const METADATA = { database: "druid", user: "druid" };

export interface DruidArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  /** What each role gets. */
  readonly roles: Readonly<Record<Role, RoleInstances>>;
  readonly zookeeper: {
    /** `host:port`, several with commas between them. */
    readonly connectString: string;
    readonly endpoint: Endpoint;
  };
  /** Deep storage and task logs. */
  readonly hdfs: {
    /** Hadoop's client configuration, by file name. */
    readonly clientFiles: Readonly<Record<string, string>>;
    readonly calls: readonly Endpoint[];
  };
  /** Metadata store: the database `druid` (utf8mb4) and the user `druid`, who owns it, have to be there. */
  readonly mysql: {
    readonly endpoint: Endpoint;
    /** Where the user's password is. */
    readonly password: SecretFile;
  };
  /** What Kafka tasks and their supervisor read. */
  readonly kafka: Endpoint;
  /** @default "none" */
  readonly spread?: Spread;
  readonly transform?: {
    readonly [R in Role]?: {
      readonly deployment?: Transform<k8s.apps.v1.DeploymentArgs>;
      readonly statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs>;
    };
  };
}

/**
 * Druid: Coordinators that are Overlords too, Brokers, Historicals, Indexers, and Routers with the web console. All that lasts is
 * on HDFS and in MySQL; the volumes hold copies and unfinished work.
 */
export class Druid extends pulumi.ComponentResource {
  /** One per role. */
  readonly workloads: readonly NetworkNeeds[];
  /** The Router: console, SQL, and all APIs of the other roles. */
  readonly endpoint: Endpoint = roleEndpoint("router");
  /** What a client is told. */
  readonly routerUrl = `http://${this.endpoint.host}:${this.endpoint.port}`;

  constructor(name: string, args: DruidArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, image, roles, zookeeper, hdfs, mysql, kafka, spread = "none" } = args;
    for (const role of ROLES) {
      const { replicas = 1, storageGiB = 4 } = roles[role];
      const wrong = Object.entries({ replicas, storageGiB }).find(([, value]) => !Number.isInteger(value) || value < 1);
      if (wrong) {
        throw new pulumi.RunError(
          `Druid "${name}": ${wrong[0]} of the ${role} must be a whole number from 1, got ${wrong[1]}`,
        );
      }
    }
    const memory = new Map<Role, RoleMemory>(ROLES.map((role) => [role, roleMemory(role, roles[role])]));
    super("platform:druid:Druid", name, {}, opts);

    const servers = { mysql: [mysql.endpoint], hdfs: hdfs.calls, kafka: [kafka] };
    this.workloads = ROLES.map((role) => ({
      workload: roleWorkload(role),
      calls: [
        zookeeper.endpoint,
        ...ROLE_FACTS[role].calls.map(roleEndpoint),
        ...ROLE_FACTS[role].servers.flatMap((server) => servers[server]),
      ],
    }));
    const metadata: MetadataStore = {
      host: mysql.endpoint.host,
      port: mysql.endpoint.port,
      passwordFile: mysql.password.file,
      ...METADATA,
    };
    for (const [role, fitted] of memory) {
      const needs = ROLE_FACTS[role].servers;
      druidRole(
        role,
        {
          place,
          image,
          instances: roles[role],
          memory: fitted,
          files: {
            "runtime.properties": runtimeProperties(role, {
              zookeeper: zookeeper.connectString,
              metadata,
              share: roles[role],
              memory: fitted,
            }),
            "log4j2.xml": log4j2Xml(),
            ...(needs.includes("hdfs") ? hdfs.clientFiles : {}),
          },
          secret: needs.includes("mysql") ? mysql.password : undefined,
          spread,
          transform: args.transform?.[role],
        },
        this,
      );
    }
    this.registerOutputs({ routerUrl: this.routerUrl });
  }
}
