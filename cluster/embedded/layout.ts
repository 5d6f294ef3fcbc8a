import { join } from "node:path";
import { cachePath, RUN_DIRECTORY } from "../core/paths";

/** Name of the only node. */
export const NODE_NAME = "lab";
/** Context, cluster and user in the kubeconfig. */
export const CONTEXT = "bigdata-lab";
/** The bridge all pods are plugged into. */
export const BRIDGE = "lab0";
/** The machine's address on the bridge: the node's InternalIP, the API server and CoreDNS. */
export const NODE_ADDRESS = "10.88.0.1";
/** Addresses of pods, and of the node's bridge. */
export const POD_RANGE = "10.88.0.0/16";
/** Addresses of Services. */
export const SERVICE_RANGE = "10.96.0.0/16";
/** Service `kubernetes`: by Kubernetes' own rule the first address of the range. */
export const API_SERVICE_ADDRESS = "10.96.0.1";
/** Zone of cluster names. */
export const CLUSTER_DOMAIN = "cluster.local";
/** containerd's namespace of everything the kubelet runs; BuildKit writes its images there too. */
export const IMAGE_NAMESPACE = "k8s.io";
/** Cgroup of all pods and builds, so that what is ours is told from another kubelet's. */
export const CGROUP = "bigdata-lab";
/** Name of our own nftables tables. */
export const NFT_TABLE = "bigdata-lab";
/** Namespace of the volumes' helper pods; outside Pod Security, because they make directories on the node. */
export const STORAGE_NAMESPACE = "local-path-storage";
/** Default StorageClass. */
export const STORAGE_CLASS = "local-path";

/** Every TCP and UDP port the cluster's processes listen on; all on loopback or the bridge. */
export const PORTS = {
  api: 6443,
  etcdClient: 2379,
  etcdPeer: 2380,
  kubelet: 10250,
  kubeletHealth: 10248,
  controllerManager: 10257,
  scheduler: 10259,
  proxyHealth: 10256,
  proxyMetrics: 10249,
  dns: 53,
  dnsHealth: 10653,
  dnsReady: 10654,
} as const;

/** Where everything of one embedded cluster lies. */
export interface Layout {
  /** Data that outlives `lab down`; the whole of it goes with `--purge`. */
  readonly data: string;
  /** Sockets and state of the running processes; means nothing after a reboot. */
  readonly run: string;
}

/** The layout of this machine's lab: data in the cache, the rest below /run. */
export function defaultLayout(): Layout {
  return { data: cachePath("cluster"), run: RUN_DIRECTORY };
}

/** Paths that several parts share; nothing is created. */
export function paths({ data, run }: Layout) {
  return {
    pki: join(data, "pki"),
    config: join(data, "config"),
    log: join(data, "log"),
    etcd: join(data, "etcd"),
    containerd: join(data, "containerd"),
    buildkit: join(data, "buildkit"),
    kubelet: join(data, "kubelet"),
    volumes: join(data, "volumes"),
    podLogs: join(data, "pod-log"),
    adminKubeconfig: join(data, "kubeconfig"),
    /** The supervisor as one JavaScript file, named by its content. */
    supervisorPrograms: join(data, "supervisor"),
    /** Whose cluster runs on this machine: {@link ClusterRecord}. */
    record: join(run, "cluster.json"),
    /** What the supervisor keeps alive. */
    processes: join(run, "processes.json"),
    /** What the supervisor knows about it. */
    state: join(run, "state.json"),
    /** Kernel settings as they were before the lab changed them. */
    sysctls: join(run, "sysctls.json"),
    containerdState: join(run, "containerd"),
    containerdSocket: join(run, "containerd.sock"),
    buildkitSocket: join(run, "buildkit.sock"),
    /** Addresses given to pods: gone with the pods. */
    cniState: join(run, "cni"),
  } as const;
}
/** All paths of {@link paths}. */
export type LabPaths = ReturnType<typeof paths>;
