/** Ports of all servers of HDFS, by what they are for. */
export const PORTS = {
  nameNode: { rpc: 8020, http: 9870 },
  zkfc: { rpc: 8019 },
  dataNode: { data: 9866, http: 9864, ipc: 9867 },
  journalNode: { rpc: 8485, http: 8480 },
} as const;

/** Name of the two NameNodes together, which clients use as if it were a host. */
export const NAMESERVICE = "lab";
/** NameNodes where one takes over from the other. */
const PAIR = 2;

export interface HdfsShape {
  /** Servers that hold blocks. */
  readonly dataNodes: number;
  /** Copies of each block. */
  readonly replication: number;
  /** Keepers of the edit log that two NameNodes share. @default 0, which means a single NameNode */
  readonly journalNodes?: number;
}

/** Says in one line what is wrong with a shape; undefined when nothing is. */
export function shapeProblem({ dataNodes, replication, journalNodes = 0 }: HdfsShape): string | undefined {
  if (!Number.isInteger(dataNodes) || dataNodes < 1) return `dataNodes must be a whole number from 1, got ${dataNodes}`;
  if (!Number.isInteger(replication) || replication < 1)
    return `replication must be a whole number from 1, got ${replication}`;
  if (replication > dataNodes) return `replication must be at most dataNodes (${dataNodes}), got ${replication}`;
  if (journalNodes !== 0 && !(Number.isInteger(journalNodes) && journalNodes >= 3 && journalNodes % 2 === 1)) {
    return `journalNodes must be 0, or odd and at least 3, for a quorum that survives the loss of one; got ${journalNodes}`;
  }
  return undefined;
}

/** Which cluster a volume belongs to; the same for the same namespace. */
export function clusterId(namespace: string): string {
  return `CID-bigdata-lab-${namespace}`;
}

/** Names of the NameNodes' pods, which are their ids as well. */
export function nameNodeIds({ journalNodes = 0 }: HdfsShape): string[] {
  return Array.from({ length: journalNodes > 0 ? PAIR : 1 }, (_, ordinal) => `namenode-${ordinal}`);
}

/** Name of a NameNode as all others reach it, by its id. */
export function nameNodeHost(namespace: string, id: string): string {
  return `${id}.namenodes.${namespace}.svc.cluster.local`;
}

/** Names of the JournalNodes as NameNodes and other JournalNodes reach them. */
export function journalNodeHosts(namespace: string, { journalNodes = 0 }: HdfsShape): string[] {
  return Array.from(
    { length: journalNodes },
    (_, ordinal) => `journalnode-${ordinal}.journalnodes.${namespace}.svc.cluster.local`,
  );
}

/** What clients call the file system: the Service of a NameNode alone, the nameservice of two. */
export function defaultFs({ journalNodes = 0 }: HdfsShape): string {
  return journalNodes > 0 ? `hdfs://${NAMESERVICE}` : `hdfs://namenode:${PORTS.nameNode.rpc}`;
}

/** Base URLs of WebHDFS, one per NameNode; of two, the one in standby refuses with a StandbyException. */
export function webHdfsUrls(namespace: string, shape: HdfsShape): string[] {
  const ids = nameNodeIds(shape);
  const hosts = ids.length > 1 ? ids.map((id) => nameNodeHost(namespace, id)) : ["namenode"];
  return hosts.map((host) => `http://${host}:${PORTS.nameNode.http}`);
}
