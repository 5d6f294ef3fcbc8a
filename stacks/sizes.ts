import type { Spread } from "../components/core/pod";
import type { Role } from "../components/druid/roles";

/** What one workload gets. */
export interface Share {
  /** Memory limit, which is requested in full. */
  readonly memoryMiB: number;
  /** CPU that is promised; more is used where the machine has some left. */
  readonly millicores: number;
}

/** A share with a volume. */
export interface StoredShare extends Share {
  readonly storageGiB: number;
}

/** A share of each of several instances. */
export interface ReplicatedShare extends Share {
  readonly replicas: number;
}

/** All that differs between environments. */
export interface Size {
  /** Volumes outlive the stack, and the stack refuses to be destroyed. */
  readonly keepData: boolean;
  /** Whether instances of one workload share a node. */
  readonly spread: Spread;
  readonly kafka: StoredShare & {
    readonly brokers: number;
    readonly replicationFactor: number;
    readonly minInSyncReplicas: number;
    /** How long topics keep events: how far back a recovery can go. */
    readonly retentionHours: number;
  };
  readonly mysql: StoredShare;
  readonly phpmyadmin: Share;
  readonly zookeeper: StoredShare & { readonly servers: number };
  readonly hdfs: {
    readonly dataNodes: number;
    readonly replication: number;
    readonly nameNode: StoredShare;
    readonly dataNode: StoredShare;
    /** What lets a second NameNode take over; without it there is one. */
    readonly failover?: {
      readonly journalNodes: number;
      readonly journalNode: StoredShare;
      readonly failoverController: Share;
    };
  };
  readonly druid: Readonly<Record<Role, Share & { readonly replicas?: number; readonly storageGiB?: number }>>;
  /** Kafka indexing tasks: how many share the partitions, and how many read the same ones. */
  readonly indexing: { readonly taskCount: number; readonly replicas: number };
  /** Each agent of Flume. */
  readonly flume: StoredShare;
  readonly hbase: {
    readonly master: ReplicatedShare;
    readonly regionServer: ReplicatedShare;
    readonly rest: ReplicatedShare;
  };
  /** One server, or three with a Sentinel beside each. */
  readonly redis: StoredShare & { readonly servers: number; readonly sentinel?: Share };
  readonly storm: {
    readonly nimbus: StoredShare & { readonly replicas: number };
    readonly ui: Share;
    /** Its memory is the Supervisor's own; each of its workers has `workerMiB` beside that. */
    readonly supervisor: ReplicatedShare & StoredShare & { readonly slots: number; readonly workerMiB: number };
    /** Deployed only while it deploys. */
    readonly deploy: Share;
  };
  /** How the topology is spread: workers, and in them tasks that read the topic, and that split, store and judge. */
  readonly topology: { readonly workers: number; readonly spouts: number; readonly tasks: number };
  /** What makes driver logs and status files, and what ships them. */
  readonly cars: { readonly simulator: Share; readonly flume: StoredShare };
  /** JupyterLab with Spark, where the settings ask for it. */
  readonly notebook: StoredShare;
  /** Jobs of pipelines, by what they do. */
  readonly jobs: {
    readonly generate: Share;
    readonly enrich: ReplicatedShare;
    readonly aggregate: ReplicatedShare;
    readonly overSpeed: ReplicatedShare;
  };
  /** Jobs that run to their end. */
  readonly tool: Share;
  /** Jobs that read whole topics: 256 MiB were too little for 1.4 million events. */
  readonly bulk: Share;
}

export type SizeName = "lab" | "staging" | "prod";

/** The sizes; a stack chooses one by name. */
export const SIZES: Readonly<Record<SizeName, Size>> = {
  // One machine with two cores, beside its own Kubernetes and the other pipelines. Gone with the stack.
  lab: {
    keepData: false,
    spread: "none",
    kafka: {
      brokers: 1,
      replicationFactor: 1,
      minInSyncReplicas: 1,
      retentionHours: 24,
      memoryMiB: 448,
      millicores: 100,
      storageGiB: 4,
    },
    mysql: { memoryMiB: 416, millicores: 50, storageGiB: 2 },
    phpmyadmin: { memoryMiB: 96, millicores: 10 },
    zookeeper: { servers: 1, memoryMiB: 144, millicores: 10, storageGiB: 1 },
    hdfs: {
      dataNodes: 1,
      replication: 1,
      nameNode: { memoryMiB: 256, millicores: 20, storageGiB: 1 },
      dataNode: { memoryMiB: 256, millicores: 20, storageGiB: 8 },
    },
    druid: {
      coordinator: { memoryMiB: 320, millicores: 50 },
      broker: { memoryMiB: 352, millicores: 50 },
      historical: { memoryMiB: 272, millicores: 50, storageGiB: 4 },
      indexer: { memoryMiB: 640, millicores: 100, storageGiB: 4 },
      router: { memoryMiB: 208, millicores: 10 },
    },
    indexing: { taskCount: 1, replicas: 1 },
    flume: { memoryMiB: 256, millicores: 20, storageGiB: 2 },
    hbase: {
      master: { memoryMiB: 288, millicores: 30, replicas: 1 },
      regionServer: { memoryMiB: 336, millicores: 50, replicas: 1 },
      rest: { memoryMiB: 192, millicores: 10, replicas: 1 },
    },
    redis: { servers: 1, memoryMiB: 96, millicores: 10, storageGiB: 1 },
    storm: {
      nimbus: { memoryMiB: 140, millicores: 20, storageGiB: 1, replicas: 1 },
      ui: { memoryMiB: 112, millicores: 10 },
      supervisor: { memoryMiB: 132, slots: 1, workerMiB: 304, millicores: 100, storageGiB: 1, replicas: 1 },
      deploy: { memoryMiB: 176, millicores: 20 },
    },
    topology: { workers: 1, spouts: 1, tasks: 1 },
    cars: {
      simulator: { memoryMiB: 80, millicores: 20 },
      flume: { memoryMiB: 240, millicores: 20, storageGiB: 8 }, // three hours of 100 cars at 4 KB a reading
    },
    notebook: { memoryMiB: 1536, millicores: 100, storageGiB: 1 },
    jobs: {
      generate: { memoryMiB: 96, millicores: 10 },
      enrich: { memoryMiB: 192, millicores: 50, replicas: 1 },
      aggregate: { memoryMiB: 192, millicores: 50, replicas: 1 },
      overSpeed: { memoryMiB: 80, millicores: 10, replicas: 1 },
    },
    tool: { memoryMiB: 128, millicores: 10 },
    bulk: { memoryMiB: 384, millicores: 50 },
  },
  // The shape of prod on a small cluster, where it can be broken.
  staging: {
    keepData: false,
    spread: "preferred",
    kafka: {
      brokers: 3,
      replicationFactor: 3,
      minInSyncReplicas: 2,
      retentionHours: 24,
      memoryMiB: 640,
      millicores: 100,
      storageGiB: 4,
    },
    mysql: { memoryMiB: 512, millicores: 50, storageGiB: 4 },
    phpmyadmin: { memoryMiB: 128, millicores: 10 },
    zookeeper: { servers: 3, memoryMiB: 192, millicores: 20, storageGiB: 1 },
    hdfs: {
      dataNodes: 3,
      replication: 3,
      nameNode: { memoryMiB: 320, millicores: 50, storageGiB: 2 },
      dataNode: { memoryMiB: 320, millicores: 50, storageGiB: 8 },
      failover: {
        journalNodes: 3,
        journalNode: { memoryMiB: 256, millicores: 20, storageGiB: 1 },
        failoverController: { memoryMiB: 192, millicores: 10 },
      },
    },
    druid: {
      coordinator: { memoryMiB: 384, millicores: 50, replicas: 2 },
      broker: { memoryMiB: 384, millicores: 50, replicas: 2 },
      historical: { memoryMiB: 384, millicores: 50, replicas: 2, storageGiB: 4 },
      indexer: { memoryMiB: 768, millicores: 100, replicas: 2, storageGiB: 4 },
      router: { memoryMiB: 256, millicores: 20, replicas: 2 },
    },
    indexing: { taskCount: 1, replicas: 2 },
    flume: { memoryMiB: 320, millicores: 50, storageGiB: 4 },
    hbase: {
      master: { memoryMiB: 320, millicores: 50, replicas: 2 },
      regionServer: { memoryMiB: 448, millicores: 100, replicas: 3 },
      rest: { memoryMiB: 224, millicores: 20, replicas: 2 },
    },
    redis: {
      servers: 3,
      memoryMiB: 128,
      millicores: 20,
      storageGiB: 1,
      sentinel: { memoryMiB: 32, millicores: 10 },
    },
    storm: {
      nimbus: { memoryMiB: 192, millicores: 50, storageGiB: 1, replicas: 2 },
      ui: { memoryMiB: 128, millicores: 10 },
      supervisor: { memoryMiB: 176, slots: 1, workerMiB: 448, millicores: 200, storageGiB: 1, replicas: 2 },
      deploy: { memoryMiB: 192, millicores: 20 },
    },
    topology: { workers: 2, spouts: 2, tasks: 2 },
    cars: {
      simulator: { memoryMiB: 96, millicores: 20 },
      flume: { memoryMiB: 320, millicores: 50, storageGiB: 8 },
    },
    notebook: { memoryMiB: 1536, millicores: 100, storageGiB: 2 },
    jobs: {
      generate: { memoryMiB: 128, millicores: 10 },
      enrich: { memoryMiB: 192, millicores: 50, replicas: 2 },
      aggregate: { memoryMiB: 192, millicores: 50, replicas: 2 },
      overSpeed: { memoryMiB: 96, millicores: 20, replicas: 2 },
    },
    tool: { memoryMiB: 128, millicores: 10 },
    bulk: { memoryMiB: 768, millicores: 50 },
  },
  prod: {
    keepData: true,
    spread: "required",
    kafka: {
      brokers: 3,
      replicationFactor: 3,
      minInSyncReplicas: 2,
      retentionHours: 168,
      memoryMiB: 4096,
      millicores: 1000,
      storageGiB: 200,
    },
    mysql: { memoryMiB: 4096, millicores: 1000, storageGiB: 50 },
    phpmyadmin: { memoryMiB: 256, millicores: 50 },
    zookeeper: { servers: 3, memoryMiB: 1024, millicores: 250, storageGiB: 10 },
    hdfs: {
      dataNodes: 3,
      replication: 3,
      nameNode: { memoryMiB: 4096, millicores: 1000, storageGiB: 50 },
      dataNode: { memoryMiB: 2048, millicores: 500, storageGiB: 1000 },
      failover: {
        journalNodes: 3,
        journalNode: { memoryMiB: 1024, millicores: 250, storageGiB: 20 },
        failoverController: { memoryMiB: 384, millicores: 50 },
      },
    },
    druid: {
      coordinator: { memoryMiB: 4096, millicores: 1000, replicas: 2 },
      broker: { memoryMiB: 8192, millicores: 2000, replicas: 2 },
      historical: { memoryMiB: 8192, millicores: 2000, replicas: 3, storageGiB: 200 },
      indexer: { memoryMiB: 16_384, millicores: 4000, replicas: 3, storageGiB: 100 },
      router: { memoryMiB: 1024, millicores: 250, replicas: 2 },
    },
    indexing: { taskCount: 3, replicas: 2 },
    flume: { memoryMiB: 1024, millicores: 250, storageGiB: 50 },
    hbase: {
      master: { memoryMiB: 1024, millicores: 250, replicas: 2 },
      regionServer: { memoryMiB: 8192, millicores: 2000, replicas: 3 },
      rest: { memoryMiB: 512, millicores: 250, replicas: 2 },
    },
    redis: {
      servers: 3,
      memoryMiB: 2048,
      millicores: 500,
      storageGiB: 20,
      sentinel: { memoryMiB: 64, millicores: 50 },
    },
    storm: {
      nimbus: { memoryMiB: 1024, millicores: 250, storageGiB: 10, replicas: 2 },
      ui: { memoryMiB: 256, millicores: 50 },
      supervisor: { memoryMiB: 512, slots: 2, workerMiB: 2048, millicores: 2000, storageGiB: 10, replicas: 3 },
      deploy: { memoryMiB: 256, millicores: 100 },
    },
    topology: { workers: 3, spouts: 4, tasks: 4 },
    cars: {
      simulator: { memoryMiB: 192, millicores: 100 },
      flume: { memoryMiB: 1024, millicores: 250, storageGiB: 50 },
    },
    notebook: { memoryMiB: 4096, millicores: 1000, storageGiB: 20 },
    jobs: {
      generate: { memoryMiB: 192, millicores: 100 },
      enrich: { memoryMiB: 384, millicores: 500, replicas: 3 },
      aggregate: { memoryMiB: 384, millicores: 500, replicas: 3 },
      overSpeed: { memoryMiB: 192, millicores: 100, replicas: 2 },
    },
    tool: { memoryMiB: 192, millicores: 50 },
    bulk: { memoryMiB: 2048, millicores: 250 },
  },
};
