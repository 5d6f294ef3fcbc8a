import { type Properties, siteXml } from "../hdfs/hdfs-site";

/** Ports of all servers of HBase; HBase's own, but for the REST server's. */
export const PORTS = {
  master: { rpc: 16000, http: 16010 },
  regionServer: { rpc: 16020, http: 16030 },
  rest: { http: 8080 },
} as const;

/** Headless Services that give Masters and RegionServers their names. */
export const NAMES = { master: "hbase-masters", regionServer: "hbase-regionservers" } as const;

/** Below this limit a server runs with few threads and small buffers. */
export const SMALL_MIB = 1024;
/** How long ZooKeeper waits for a server before the Master takes it for dead. One that is back under its name earlier is seen at once. */
const SESSION_MS = 30_000;

/** What decides on the texts. */
export interface SiteOptions {
  readonly namespace: string;
  /** ZooKeeper's, `host:port`, several with commas between them. */
  readonly zookeeper: string;
  /** Base of HBase's paths on HDFS. */
  readonly defaultFs: string;
  /** Memory limit of the server. */
  readonly memoryMiB: number;
}

/** hbase-site.xml of Java clients. */
export function clientSite(zookeeper: string): string {
  return siteXml(clientProperties(zookeeper));
}

/** hbase-site.xml of Masters. */
export function masterSite(options: SiteOptions): string {
  return siteXml({
    ...serverProperties(options),
    "hbase.master.hostname": ownHost(options.namespace, "master"),
    "hbase.master.ipc.address": "0.0.0.0",
    ...(isSmall(options)
      ? {
          "hbase.master.procedure.threads": 4,
          // Memory of the Master's own table of procedures.
          "hbase.master.store.region.flush.size": 8 * 1024 ** 2,
        }
      : {}),
  });
}

/** hbase-site.xml of RegionServers. */
export function regionServerSite(options: SiteOptions): string {
  return siteXml({
    ...serverProperties(options),
    "hbase.unsafe.regionserver.hostname": ownHost(options.namespace, "regionServer"),
    "hbase.regionserver.ipc.address": "0.0.0.0",
    // What is acknowledged is on the disks of all DataNodes that have it, not only in the memory of their machines.
    "hbase.wal.hsync": true,
    ...(isSmall(options)
      ? {
          // Several files of a region before its share of a small heap is full.
          "hbase.hregion.memstore.flush.size": 16 * 1024 ** 2,
          "hbase.regionserver.metahandler.count": 4,
          "hbase.regionserver.replication.handler.count": 1,
        }
      : {}),
  });
}

/** hbase-site.xml of REST servers. */
export function restSite({ zookeeper, memoryMiB }: Pick<SiteOptions, "zookeeper" | "memoryMiB">): string {
  return siteXml({
    ...clientProperties(zookeeper),
    "hbase.rest.port": PORTS.rest.http,
    // Its page cannot be shown by the Jetty that the other servers' pages need.
    "hbase.rest.info.port": -1,
    ...(memoryMiB < SMALL_MIB
      ? {
          "hbase.rest.threads.max": 16,
          // A RegionServer that is away would draw 256 threads, each waiting for it.
          "hbase.hconnection.threads.max": 16,
        }
      : {}),
    // A caller is told soon that a RegionServer is away, and asks again; else its calls would pile up here.
    "hbase.client.retries.number": 6,
    "hbase.rpc.timeout": 20_000,
  });
}

function clientProperties(zookeeper: string): Properties {
  return { "hbase.zookeeper.quorum": zookeeper, "zookeeper.session.timeout": SESSION_MS };
}

function serverProperties(options: SiteOptions): Properties {
  return {
    ...clientProperties(options.zookeeper),
    "hbase.rootdir": `${options.defaultFs}/hbase`,
    "hbase.cluster.distributed": true,
    "hbase.tmp.dir": "/tmp/hbase",
    "hbase.regionserver.handler.count": isSmall(options) ? 10 : 30,
  };
}

function isSmall({ memoryMiB }: SiteOptions): boolean {
  return memoryMiB < SMALL_MIB;
}

/** A server's own name, which Hadoop puts together from its environment. */
function ownHost(namespace: string, kind: keyof typeof NAMES): string {
  return `\${env.POD_NAME}.${NAMES[kind]}.${namespace}.svc.cluster.local`;
}
