import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { labelsOf, podSelector } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { disruptionBudget, podSpec, type Spread, serviceAccount } from "../core/pod";
import { type Transform, transformed } from "../core/transform";
import type { Hdfs } from "../hdfs/hdfs";
import type { Place } from "../namespace";
import type { ZooKeeper } from "../zookeeper/zookeeper";
import { hbaseShell, SHELL_WORKLOAD } from "./hbase-shell";
import { clientSite, masterSite, PORTS, regionServerSite, restSite } from "./hbase-site";
import { jvmFlags, ROLE_FACTS, type Role, type ServerShare, serverPod } from "./servers";

/** Time to write what is in memory to files and to hand regions over. */
const GRACE_SECONDS = 60;

/** How often a kind of server runs, and with what. */
export interface ServerInstances extends ServerShare {
  /** Instances. @default 1 */
  readonly replicas?: number;
}

export interface HBaseArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  /** One, or two of which one takes over from the other. */
  readonly master: ServerInstances;
  readonly regionServer: ServerInstances;
  /** What serves HTTP clients. */
  readonly rest: ServerInstances;
  /** The pod that `lab shell hbase` starts and removes. @default 384 MiB, 50 millicores */
  readonly shell?: ServerShare;
  readonly zookeeper: Pick<ZooKeeper, "connectString" | "endpoint">;
  /** Where tables and their log are. */
  readonly hdfs: Pick<Hdfs, "clientFiles" | "clientCalls" | "defaultFs">;
  /** @default "none" */
  readonly spread?: Spread;
  readonly transform?: {
    readonly master?: Transform<k8s.apps.v1.StatefulSetArgs>;
    readonly regionServer?: Transform<k8s.apps.v1.StatefulSetArgs>;
    readonly rest?: Transform<k8s.apps.v1.DeploymentArgs>;
  };
}

/**
 * HBase: Masters, RegionServers, and REST servers for clients that are not Java. All data is on HDFS, each write in a log first;
 * the servers themselves keep nothing.
 */
export class HBase extends pulumi.ComponentResource {
  readonly workloads: readonly NetworkNeeds[];
  /** The REST server. */
  readonly rest: Endpoint = { workload: "hbase-rest", host: "hbase-rest", port: PORTS.rest.http };
  /** What clients of the REST server are told. */
  readonly restUrl = `http://${this.rest.host}:${this.rest.port}`;
  /** What a Java client is told. */
  readonly zookeeperQuorum: string;
  /** What a Java client may mount, by file name. */
  readonly clientFiles: Readonly<Record<"hbase-site.xml", string>>;
  /** What a Java client calls: ZooKeeper, which knows who serves what, then Masters and RegionServers. */
  readonly clientCalls: readonly Endpoint[];

  constructor(name: string, args: HBaseArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, image, zookeeper, hdfs, spread = "none" } = args;
    const instances: Record<Role, ServerInstances> = {
      master: args.master,
      regionserver: args.regionServer,
      rest: args.rest,
    };
    const roles = Object.keys(instances) as Role[];
    for (const role of roles) {
      const { replicas = 1 } = instances[role];
      if (!Number.isInteger(replicas) || replicas < 1) {
        throw new pulumi.RunError(
          `HBase "${name}": replicas of the ${role} must be a whole number from 1, got ${replicas}`,
        );
      }
      jvmFlags(role, instances[role]); // throws before anything is registered
    }
    super("platform:hbase:HBase", name, {}, opts);

    this.zookeeperQuorum = zookeeper.connectString;
    this.clientFiles = { "hbase-site.xml": clientSite(zookeeper.connectString) };
    this.clientCalls = [
      zookeeper.endpoint,
      { workload: "hbase-master", host: "hbase-master", port: PORTS.master.rpc },
      { workload: "hbase-regionserver", host: "hbase-regionservers", port: PORTS.regionServer.rpc },
    ];
    const ofHdfs = hdfs.clientCalls;
    this.workloads = [
      { workload: ROLE_FACTS.master.workload, calls: [...this.clientCalls, ...ofHdfs] },
      { workload: ROLE_FACTS.regionserver.workload, calls: [...this.clientCalls, ...ofHdfs] },
      { workload: ROLE_FACTS.rest.workload, calls: this.clientCalls },
      { workload: SHELL_WORKLOAD, calls: [...this.clientCalls, ...ofHdfs] },
    ];

    const site = { namespace: place.name, zookeeper: zookeeper.connectString, defaultFs: hdfs.defaultFs };
    const files: Record<Role, Record<string, string>> = {
      master: { ...hdfs.clientFiles, "hbase-site.xml": masterSite({ ...site, ...args.master }) },
      regionserver: { ...hdfs.clientFiles, "hbase-site.xml": regionServerSite({ ...site, ...args.regionServer }) },
      rest: { "hbase-site.xml": restSite({ ...site, ...args.rest }) },
    };
    for (const role of roles) this.servers(role, instances[role], files[role], args);
    hbaseShell({ place, image, share: args.shell, files: { ...hdfs.clientFiles, ...this.clientFiles }, spread }, this);
    this.registerOutputs({ restUrl: this.restUrl });
  }

  /** Declares one kind of server: its configuration, its Services and its pods. */
  private servers(role: Role, instances: ServerInstances, files: Record<string, string>, args: HBaseArgs): void {
    const { place, image, spread, transform } = args;
    const { workload, names, ports } = ROLE_FACTS[role];
    const { name } = workload;
    const child = { parent: this };
    const namespace = place.ref;
    const metadata = { name, namespace, labels: labelsOf(workload) };
    const { replicas = 1 } = instances;
    const config = configFiles(`${name}-config`, { workload, namespace, files }, this);
    const account = serviceAccount(workload, namespace, this);
    const pod = serverPod(role, { image, share: instances, config: config.metadata.name });
    const spec = {
      replicas,
      selector: { matchLabels: podSelector(name) },
      template: {
        metadata: { labels: labelsOf(workload) },
        spec: podSpec(workload, account, { terminationGracePeriodSeconds: GRACE_SECONDS, ...pod }, spread),
      },
    };
    const service = (serviceName: string, headless: boolean) =>
      new k8s.core.v1.Service(
        serviceName,
        {
          metadata: { ...metadata, name: serviceName },
          spec: {
            selector: podSelector(name),
            // Servers call each other before they are ready.
            ...(headless ? { clusterIP: "None", publishNotReadyAddresses: true } : {}),
            ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number, targetPort: port })),
          },
        },
        child,
      );
    if (role !== "regionserver") service(name, false);
    if (replicas > 1) disruptionBudget(workload, namespace, this);
    if (!names) {
      new k8s.apps.v1.Deployment(
        name,
        transformed<k8s.apps.v1.DeploymentArgs>(
          {
            metadata,
            spec: {
              ...spec,
              revisionHistoryLimit: 2,
              strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
            },
          },
          transform?.rest,
        ),
        child,
      );
      return;
    }
    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata,
          spec: {
            ...spec,
            serviceName: service(names, true).metadata.name,
            podManagementPolicy: "Parallel", // a Master is ready only with RegionServers
            updateStrategy: { type: "RollingUpdate" },
          },
        },
        role === "master" ? transform?.master : transform?.regionServer,
      ),
      child,
    );
  }
}
