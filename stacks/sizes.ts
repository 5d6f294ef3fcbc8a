import type { Spread } from "../components/core/pod";

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
  /** Jobs of pipelines, by what they do. */
  readonly jobs: { readonly generate: Share; readonly enrich: ReplicatedShare; readonly aggregate: ReplicatedShare };
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
    mysql: { memoryMiB: 448, millicores: 50, storageGiB: 2 },
    phpmyadmin: { memoryMiB: 128, millicores: 10 },
    jobs: {
      generate: { memoryMiB: 128, millicores: 10 },
      enrich: { memoryMiB: 192, millicores: 50, replicas: 1 },
      aggregate: { memoryMiB: 192, millicores: 50, replicas: 1 },
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
    jobs: {
      generate: { memoryMiB: 128, millicores: 10 },
      enrich: { memoryMiB: 192, millicores: 50, replicas: 2 },
      aggregate: { memoryMiB: 192, millicores: 50, replicas: 2 },
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
    jobs: {
      generate: { memoryMiB: 192, millicores: 100 },
      enrich: { memoryMiB: 384, millicores: 500, replicas: 3 },
      aggregate: { memoryMiB: 384, millicores: 500, replicas: 3 },
    },
    tool: { memoryMiB: 192, millicores: 50 },
    bulk: { memoryMiB: 2048, millicores: 250 },
  },
};
