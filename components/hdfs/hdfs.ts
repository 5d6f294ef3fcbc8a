import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import type { Transform } from "../core/transform";
import {
  type HadoopPlace,
  type HadoopServers,
  hadoopServers,
  jvmFlags,
  type ServerShare,
  type StoredServerShare,
} from "./hadoop-server";
import {
  clusterId,
  defaultFs,
  type HdfsShape,
  journalNodeHosts,
  nameNodeIds,
  PORTS,
  shapeProblem,
  webHdfsUrls,
} from "./hdfs-shape";
import {
  clientProperties,
  coreProperties,
  dataNodeProperties,
  journalNodeProperties,
  nameNodeProperties,
  siteXml,
} from "./hdfs-site";
import { dataNode, failoverController, journalNode, nameNode } from "./processes";

const NAMENODE: Workload = { name: "namenode", component: "file-system-names" };
const DATANODE: Workload = { name: "datanode", component: "file-system-blocks" };
const JOURNALNODE: Workload = { name: "journalnode", component: "file-system-journal" };

/** What two NameNodes need besides themselves. */
export interface FailoverArgs {
  /** Keeps who is active. */
  readonly zookeeper: { readonly connectString: string; readonly endpoint: Endpoint };
  readonly journalNode: StoredServerShare;
  /** One beside each NameNode. */
  readonly failoverController: ServerShare;
}

export interface HdfsArgs extends HdfsShape, HadoopPlace {
  readonly nameNode: StoredServerShare;
  readonly dataNode: StoredServerShare;
  /** Needed with JournalNodes, and not otherwise. */
  readonly failover?: FailoverArgs;
  /** Size of a full block. @default 128 */
  readonly blockSizeMiB?: number;
  readonly transform?: {
    readonly nameNode?: Transform<k8s.apps.v1.StatefulSetArgs>;
    readonly dataNode?: Transform<k8s.apps.v1.StatefulSetArgs>;
    readonly journalNode?: Transform<k8s.apps.v1.StatefulSetArgs>;
  };
}

/** What a client pod mounts, by file name. */
export type ClientFiles = Readonly<Record<"core-site.xml" | "hdfs-site.xml", string>>;

/**
 * HDFS: one NameNode, or two of which one takes over from the other, and DataNodes. A volume is formatted once, when it is
 * new; what holds data is never formatted.
 */
export class Hdfs extends pulumi.ComponentResource {
  readonly workloads: readonly NetworkNeeds[];
  /** Base of all paths: `hdfs://namenode:8020`, or `hdfs://lab` with two NameNodes. */
  readonly defaultFs: string;
  readonly clientFiles: ClientFiles;
  /** What a client calls: names from a NameNode, blocks from every DataNode. */
  readonly clientCalls: readonly Endpoint[];
  /** Base URLs of WebHDFS, one per NameNode. */
  readonly webHdfs: readonly string[];

  constructor(name: string, args: HdfsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, failover, blockSizeMiB = 128 } = args;
    const { journalNodes = 0 } = args;
    const problem = shapeProblem(args) ?? failoverProblem(journalNodes, failover);
    if (problem) throw new pulumi.RunError(`Hdfs "${name}": ${problem}`);
    const shape = { dataNodes: args.dataNodes, replication: args.replication, journalNodes };
    const site = { ...shape, namespace: place.name, blockSizeMiB };
    const core = siteXml(coreProperties(shape));
    const kinds: HadoopServers[] = [
      nameNodes(args, { "core-site.xml": core, "hdfs-site.xml": nameNodeSite() }),
      dataNodes(args, {
        "core-site.xml": core,
        "hdfs-site.xml": siteXml(dataNodeProperties({ ...site, memoryMiB: args.dataNode.memoryMiB })),
      }),
      ...(failover ? [journals(args, failover, { "hdfs-site.xml": siteXml(journalNodeProperties(site)) })] : []),
    ];
    for (const process of kinds.flatMap(({ processes }) => processes)) jvmFlags(process); // throws before anything is registered
    super("platform:hdfs:Hdfs", name, {}, opts);

    this.defaultFs = defaultFs(shape);
    this.clientFiles = { "core-site.xml": core, "hdfs-site.xml": siteXml(clientProperties(site)) };
    this.webHdfs = webHdfsUrls(place.name, shape);
    const nameNodeService = failover ? "namenodes" : "namenode";
    this.clientCalls = [
      ...Object.values(PORTS.nameNode).map((port) => ({ workload: NAMENODE.name, host: nameNodeService, port })),
      ...Object.values(PORTS.dataNode).map((port) => ({ workload: DATANODE.name, host: "datanodes", port })),
    ];
    this.workloads = this.edges(failover);

    for (const kind of kinds) hadoopServers(args, kind, this);
    this.nameNodeService(place.ref, failover !== undefined);
    this.registerOutputs({ defaultFs: this.defaultFs });

    function nameNodeSite(): string {
      const { memoryMiB } = args.nameNode;
      return siteXml(nameNodeProperties({ ...site, memoryMiB, zookeeper: failover?.zookeeper.connectString }));
    }
  }

  /** Servers of HDFS are its clients too; a pair of NameNodes also needs its journal, its lock, and each other. */
  private edges(failover: FailoverArgs | undefined): NetworkNeeds[] {
    const journal = Object.values(PORTS.journalNode).map((port) => ({
      workload: JOURNALNODE.name,
      host: "journalnodes",
      port,
    }));
    const pair = failover
      ? [{ workload: NAMENODE.name, host: "namenodes", port: PORTS.zkfc.rpc }, ...journal, failover.zookeeper.endpoint]
      : [];
    return [
      { workload: NAMENODE, calls: [...this.clientCalls, ...pair] },
      { workload: DATANODE, calls: this.clientCalls },
      ...(failover ? [{ workload: JOURNALNODE, calls: journal }] : []),
    ];
  }

  /**
   * The page for people, and where clients call a NameNode that is alone: also in safe mode, which it leaves only when
   * DataNodes have called it. Of two NameNodes a client must find the active one by itself.
   */
  private nameNodeService(namespace: pulumi.Input<string>, pair: boolean): void {
    new k8s.core.v1.Service(
      "namenode-service",
      {
        metadata: { name: "namenode", namespace, labels: labelsOf(NAMENODE) },
        spec: {
          selector: podSelector(NAMENODE.name),
          publishNotReadyAddresses: !pair,
          ports: [
            ...(pair ? [] : [{ name: "rpc", port: PORTS.nameNode.rpc, targetPort: "rpc" }]),
            { name: "http", port: PORTS.nameNode.http, targetPort: "http" },
          ],
        },
      },
      { parent: this },
    );
  }
}

function failoverProblem(journalNodes: number, failover: FailoverArgs | undefined): string | undefined {
  if (journalNodes > 0 && !failover)
    return "two NameNodes need failover: ZooKeeper, JournalNodes, failover controllers";
  if (journalNodes === 0 && failover) return "failover is for two NameNodes, which need journalNodes (3), got 0";
  return undefined;
}

function nameNodes(args: HdfsArgs, files: Record<string, string>): HadoopServers {
  const { place, failover, transform } = args;
  const self = "$(POD_NAME).namenodes";
  const awaited = (hosts: string[]) => ({ name: "AWAITED_HOSTS", value: hosts.join(" ") });
  const first = nameNode(args.nameNode, [
    { name: "CLUSTER_ID", value: clusterId(place.name) },
    ...(failover ? [awaited([self, ...journalNodeHosts(place.name, args)])] : []),
  ]);
  return {
    workload: NAMENODE,
    service: "namenodes",
    replicas: nameNodeIds(args).length,
    processes: failover ? [first, failoverController(failover.failoverController, [awaited([self])])] : [first],
    storageGiB: args.nameNode.storageGiB,
    files,
    graceSeconds: 60,
    transform: transform?.nameNode,
  };
}

function dataNodes(args: HdfsArgs, files: Record<string, string>): HadoopServers {
  const { storageGiB } = args.dataNode;
  return {
    workload: DATANODE,
    service: "datanodes",
    replicas: args.dataNodes,
    processes: [
      dataNode(args.dataNode, [
        { name: "CLUSTER_ID", value: clusterId(args.place.name) },
        { name: "VOLUME_GIB", value: String(storageGiB) },
      ]),
    ],
    storageGiB,
    files,
    graceSeconds: 60,
    transform: args.transform?.dataNode,
  };
}

function journals(args: HdfsArgs, failover: FailoverArgs, files: Record<string, string>): HadoopServers {
  return {
    workload: JOURNALNODE,
    service: "journalnodes",
    replicas: args.journalNodes ?? 0,
    processes: [journalNode(failover.journalNode)],
    storageGiB: failover.journalNode.storageGiB,
    files,
    graceSeconds: 30,
    transform: args.transform?.journalNode,
  };
}
