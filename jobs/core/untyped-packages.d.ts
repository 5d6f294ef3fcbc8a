// Packages without types of their own, as far as jobs/core uses them.

declare module "lz4js" {
  /** Packs into an LZ4 frame. */
  export function compress(plain: Uint8Array): Uint8Array;
  /** Most bytes a frame can hold. */
  export function decompressBound(packed: Uint8Array): number;
  /** Unpacks an LZ4 frame into `target`; the number of bytes, also of those that did not fit. */
  export function decompressFrame(packed: Uint8Array, target: Uint8Array): number;
}

declare module "kafkajs/src/broker" {
  import type { KafkaBroker } from "./kafka-wire";

  const Broker: { prototype: KafkaBroker };
  export = Broker;
}

declare module "kafkajs/src/network/requestQueue" {
  const RequestQueue: {
    prototype: {
      pending: unknown[];
      throttledUntil: number;
      scheduleCheckPendingRequests(): void;
    };
  };
  export = RequestQueue;
}

declare module "kafkajs/src/cluster" {
  import type { KafkaBroker } from "./kafka-wire";

  /** Connections and metadata of a Kafka cluster. */
  class Cluster {
    constructor(options: object);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    refreshMetadata(): Promise<void>;
    findControllerBroker(): Promise<KafkaBroker & { connect(): Promise<void> }>;
    findGroupCoordinator(group: { groupId: string }): Promise<{ offsetCommit(commit: object): Promise<unknown> }>;
    findBroker(broker: { nodeId: string | number }): Promise<KafkaBroker>;
    findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  }
  export = Cluster;
}

declare module "kafkajs/src/network/socketFactory" {
  function socketFactory(): unknown;
  export = socketFactory;
}
