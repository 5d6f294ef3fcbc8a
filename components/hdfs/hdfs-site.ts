import {
  defaultFs,
  type HdfsShape,
  journalNodeHosts,
  NAMESERVICE,
  nameNodeHost,
  nameNodeIds,
  PORTS,
} from "./hdfs-shape";

/** Where a server keeps its data: the mount of its volume. */
export const DATA_DIRECTORY = "/var/lib/hdfs";
/** Below this limit a server runs with few handlers. */
const SMALL_MIB = 1024;
/** What Hadoop replaces by a variable of its environment: what differs between servers of a kind. */
const variable = (name: "POD_NAME" | "CAPACITY_RATIO") => `\${env.${name}}`;

/** Settings of Hadoop, by key. */
export type Properties = Readonly<Record<string, string | number | boolean>>;

/** What decides on the texts, besides the shape. */
export interface SiteOptions extends HdfsShape {
  readonly namespace: string;
  /** Size of a full block. */
  readonly blockSizeMiB: number;
}

/** Text of a core-site.xml or hdfs-site.xml. */
export function siteXml(properties: Properties): string {
  const lines = Object.entries(properties).map(
    ([name, value]) => `  <property><name>${name}</name><value>${escaped(String(value))}</value></property>`,
  );
  return ['<?xml version="1.0" encoding="UTF-8"?>', "<configuration>", ...lines, "</configuration>", ""].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** core-site.xml of clients and servers. */
export function coreProperties(shape: HdfsShape): Properties {
  return { "fs.defaultFS": defaultFs(shape), "hadoop.http.staticuser.user": "lab" };
}

/** hdfs-site.xml of clients; servers of HDFS are clients too. */
export function clientProperties({ blockSizeMiB, ...options }: SiteOptions): Properties {
  const { replication } = options;
  return {
    ...nameNodeAddresses(options),
    "dfs.replication": replication,
    "dfs.blocksize": blockSizeMiB * 1024 ** 2,
    // A DataNode's name stays when its pod, and with it the address, is replaced.
    "dfs.client.use.datanode.hostname": true,
    // With three copies a write goes on without a DataNode that failed, as long as two copies are made; on as many
    // DataNodes as copies there is none to replace it. With fewer copies there is nothing to choose.
    ...(replication >= 3
      ? {
          "dfs.client.block.write.replace-datanode-on-failure.enable": true,
          "dfs.client.block.write.replace-datanode-on-failure.policy": "DEFAULT",
          "dfs.client.block.write.replace-datanode-on-failure.min-replication": 2,
        }
      : {
          "dfs.client.block.write.replace-datanode-on-failure.enable": true,
          "dfs.client.block.write.replace-datanode-on-failure.policy": "NEVER",
        }),
  };
}

function nameNodeAddresses({ namespace, ...shape }: HdfsShape & { namespace: string }): Properties {
  const ids = nameNodeIds(shape);
  if (ids.length === 1) {
    return {
      "dfs.namenode.http-address": `namenode:${PORTS.nameNode.http}`,
      // A NameNode alone is away while it restarts and leaves safe mode: clients wait, up to two and a half minutes.
      "dfs.client.retry.policy.enabled": true,
      "dfs.client.retry.policy.spec": "2000,15,5000,24",
    };
  }
  const addresses = ids.flatMap((id): [string, string][] => [
    [`dfs.namenode.rpc-address.${NAMESERVICE}.${id}`, `${nameNodeHost(namespace, id)}:${PORTS.nameNode.rpc}`],
    [`dfs.namenode.http-address.${NAMESERVICE}.${id}`, `${nameNodeHost(namespace, id)}:${PORTS.nameNode.http}`],
  ]);
  return {
    "dfs.nameservices": NAMESERVICE,
    [`dfs.ha.namenodes.${NAMESERVICE}`]: ids.join(","),
    ...Object.fromEntries(addresses),
    [`dfs.client.failover.proxy.provider.${NAMESERVICE}`]:
      "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider",
  };
}

/** hdfs-site.xml of NameNodes and their failover controllers. */
export function nameNodeProperties(
  options: SiteOptions & { memoryMiB: number /** connect string, where there are two */; zookeeper?: string },
): Properties {
  const { memoryMiB, zookeeper, ...site } = options;
  const { journalNodes = 0 } = site;
  const pair = journalNodes > 0;
  return {
    ...clientProperties(site),
    "dfs.namenode.rpc-bind-host": "0.0.0.0",
    "dfs.namenode.http-bind-host": "0.0.0.0",
    "dfs.namenode.name.dir": `file://${DATA_DIRECTORY}/name`,
    "dfs.namenode.handler.count": memoryMiB < SMALL_MIB ? 8 : 64,
    // Who may call is said by NetworkPolicies.
    "dfs.permissions.enabled": false,
    // A DataNode comes back under its name with another address.
    "dfs.namenode.datanode.registration.ip-hostname-check": false,
    // Without any DataNode even an empty file system cannot take a file.
    "dfs.namenode.safemode.min.datanodes": 1,
    "dfs.namenode.safemode.extension": pair ? 10_000 : 0,
    ...(pair ? pairProperties(site, zookeeper ?? "") : {}),
  };
}

function pairProperties(options: SiteOptions, zookeeper: string): Properties {
  return {
    "dfs.ha.namenode.id": variable("POD_NAME"),
    ...sharedEdits(options),
    "dfs.ha.automatic-failover.enabled": true,
    "ha.zookeeper.quorum": zookeeper,
    // JournalNodes take edits from the latest writer alone, so nobody has to be killed.
    "dfs.ha.fencing.methods": "shell(true)",
  };
}

function sharedEdits({ namespace, ...shape }: SiteOptions): Properties {
  const nodes = journalNodeHosts(namespace, shape).map((host) => `${host}:${PORTS.journalNode.rpc}`);
  return { "dfs.namenode.shared.edits.dir": `qjournal://${nodes.join(";")}/${NAMESERVICE}` };
}

/** hdfs-site.xml of DataNodes. */
export function dataNodeProperties(options: SiteOptions & { memoryMiB: number }): Properties {
  const { memoryMiB, ...site } = options;
  const small = memoryMiB < SMALL_MIB;
  const data = `file://${DATA_DIRECTORY}/data`;
  return {
    ...clientProperties(site),
    "dfs.datanode.data.dir": data,
    "dfs.datanode.hostname": `${variable("POD_NAME")}.datanodes.${site.namespace}.svc.cluster.local`,
    "dfs.datanode.use.datanode.hostname": true,
    // The disk below a volume may be larger than what was asked for; the image's launcher works out the volume's share.
    "dfs.datanode.same-disk-tiering.enabled": true,
    "dfs.datanode.same-disk-tiering.capacity-ratio.percentage": `[${variable("CAPACITY_RATIO")}]${data}`,
    // What a closed file holds is on disk, not only in the memory of the machine.
    "dfs.datanode.synconclose": true,
    "dfs.datanode.handler.count": small ? 4 : 10,
    "dfs.datanode.max.transfer.threads": small ? 256 : 4096,
  };
}

/** hdfs-site.xml of JournalNodes. One that comes back with an old or empty volume is brought up to date by the others. */
export function journalNodeProperties(options: SiteOptions): Properties {
  return {
    "dfs.nameservices": NAMESERVICE,
    ...sharedEdits(options),
    "dfs.journalnode.edits.dir": `${DATA_DIRECTORY}/journal`,
    "dfs.journalnode.enable.sync": true,
    "dfs.journalnode.enable.sync.format": true,
  };
}
