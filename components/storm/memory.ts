import { type JvmNeeds, jvmMemory, jvmOptions } from "../core/jvm-memory";

/** Measured with a topology deployed: 26 MiB of classes, 12 MiB of live heap, 60 threads, 112 MiB in all. */
const NIMBUS: JvmNeeds = { metaspaceMiB: 32, codeCacheMiB: 12, directMiB: 8, threads: 64, minHeapMiB: 32 };
/** Measured with one worker: 25 MiB of classes, 12 MiB of live heap, 35 threads, 104 MiB in all. */
const SUPERVISOR: JvmNeeds = { metaspaceMiB: 32, codeCacheMiB: 12, directMiB: 8, threads: 40, minHeapMiB: 24 };
/** Measured with a Kafka spout's lag: 23 MiB of classes, 9 MiB of live heap, 20 threads, 87 MiB in all. */
const UI: JvmNeeds = { metaspaceMiB: 28, codeCacheMiB: 8, directMiB: 4, threads: 24, minHeapMiB: 20 };
/** Storm, and the clients of what a topology writes to. */
const WORKER: JvmNeeds = { metaspaceMiB: 96, codeCacheMiB: 32, directMiB: 24, threads: 96, minHeapMiB: 48 };

/** What one Supervisor's pod is made of. */
export interface SupervisorShape {
  /** Memory of the Supervisor itself. */
  readonly memoryMiB: number;
  /** Workers it can run; a worker belongs to one topology. */
  readonly slots: number;
  /** Memory of each worker. */
  readonly workerMiB: number;
}

/** Flags of Nimbus's JVM. @throws when its memory limit is too small */
export function nimbusJvm(memoryMiB: number): string {
  return jvmOptions(jvmMemory("storm-nimbus", memoryMiB, NIMBUS), memoryMiB);
}

/** Flags of a Supervisor's JVM. @throws when its memory is too small */
export function supervisorJvm({ memoryMiB }: SupervisorShape): string {
  return jvmOptions(jvmMemory("storm-supervisor", memoryMiB, SUPERVISOR), memoryMiB);
}

/** Flags of a worker's JVM. @throws when its memory is too small */
export function workerJvm({ workerMiB }: SupervisorShape): string {
  return jvmOptions(jvmMemory("storm worker", workerMiB, WORKER), workerMiB);
}

/** Flags of the page's JVM. @throws when its memory limit is too small */
export function uiJvm(memoryMiB: number): string {
  return jvmOptions(jvmMemory("storm-ui", memoryMiB, UI), memoryMiB);
}

/** Memory limit of a Supervisor's pod: all its workers run in it. */
export function podMiB({ memoryMiB, slots, workerMiB }: SupervisorShape): number {
  return memoryMiB + slots * workerMiB;
}
