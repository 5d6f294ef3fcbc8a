import * as pulumi from "@pulumi/pulumi";
import { type JvmMemory, type JvmNeeds, jvmMemory } from "../core/jvm-memory";
import { type Role, roleWorkload } from "./roles";

/** What one instance of a role gets. */
export interface RoleShare {
  /** Memory limit; the JVM and its buffers are fitted into it. */
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Processing threads and buffers. @default from the share, see {@link processingOf} */
  readonly processing?: Partial<Processing>;
  /** Indexer: tasks at once. A reindex takes two or more of them, each Kafka task one. @default from memoryMiB */
  readonly taskSlots?: number;
}

/** Druid's own use of direct memory: it allocates (threads + mergeBuffers + 1) buffers, whatever runs. */
export interface Processing {
  readonly bufferMiB: number;
  /** Segments worked on at once. */
  readonly threads: number;
  /** GROUP BY queries at once. */
  readonly mergeBuffers: number;
}

/** How one instance of a role uses its memory. */
export interface RoleMemory {
  readonly jvm: JvmMemory;
  /** Undefined for roles that process no segments. */
  readonly processing: Processing | undefined;
  /** Undefined for roles that run no tasks. */
  readonly taskSlots: number | undefined;
}

/** Below this limit a role does with the least of everything. */
export const SMALL_MIB = 1024;
const MIB = 1024 ** 2;

/** What a role needs besides its heap and its processing buffers; `direct` is for network and file I/O. Measured, with a margin. */
const SMALL_NEEDS: Readonly<Record<Role, JvmNeeds & { readonly directMiB: number }>> = {
  coordinator: { metaspaceMiB: 120, codeCacheMiB: 32, directMiB: 16, threads: 160, minHeapMiB: 64 },
  broker: { metaspaceMiB: 128, codeCacheMiB: 32, directMiB: 12, threads: 100, minHeapMiB: 72 },
  historical: { metaspaceMiB: 84, codeCacheMiB: 32, directMiB: 16, threads: 80, minHeapMiB: 56 },
  indexer: { metaspaceMiB: 120, codeCacheMiB: 64, directMiB: 32, threads: 180, minHeapMiB: 128, computes: true },
  router: { metaspaceMiB: 64, codeCacheMiB: 24, directMiB: 12, threads: 80, minHeapMiB: 40 },
};
const LARGE_NEEDS: JvmNeeds & { readonly directMiB: number } = {
  metaspaceMiB: 192,
  codeCacheMiB: 128,
  directMiB: 128,
  threads: 250,
  minHeapMiB: 256,
};

/** Share of an Indexer's heap that SQL-based ingestion divides among all task slots. */
const MSQ_HEAP_SHARE = 0.6;
/** What one of its tasks must get, bytes: input and output frames and 25 MB for each thread, a sorter, statistics. */
const MSQ_BASE_BYTES = 13_000_000;
const MSQ_THREAD_BYTES = 28_000_000;

/**
 * Fits a role into its share.
 * @throws RunError with one line for a share that cannot work, before anything is declared
 */
export function roleMemory(role: Role, share: RoleShare): RoleMemory {
  const { name } = roleWorkload(role);
  const processing = processingOf(role, share);
  const wrong = Object.entries({ ...processing, ...taskSlotsOf(role, share) }).find(
    ([, value]) => !Number.isInteger(value) || value < 1,
  );
  if (wrong) throw new pulumi.RunError(`${name}: ${wrong[0]} must be a whole number from 1, got ${wrong[1]}`);
  const needs = share.memoryMiB < SMALL_MIB ? SMALL_NEEDS[role] : LARGE_NEEDS;
  const bufferMiB = processing ? directMiB(processing) : 0;
  const jvm = jvmMemory(name, share.memoryMiB, { ...needs, directMiB: needs.directMiB + bufferMiB });
  const { taskSlots } = taskSlotsOf(role, share);
  if (taskSlots !== undefined && processing) requireTaskMemory(name, jvm.heapMiB, taskSlots, processing.threads);
  return { jvm, processing, taskSlots };
}

/** Direct memory that Druid allocates for processing; it refuses to start with less. */
export function directMiB({ bufferMiB, threads, mergeBuffers }: Processing): number {
  return (threads + mergeBuffers + 1) * bufferMiB;
}

/** Threads and buffers of a role: one thread for each core it is promised, buffers of a fortieth of its memory. */
function processingOf(role: Role, { memoryMiB, millicores, processing }: RoleShare): Processing | undefined {
  if (role === "coordinator" || role === "router") return undefined;
  const small = memoryMiB < SMALL_MIB;
  const threads = processing?.threads ?? (small ? 1 : Math.max(1, Math.floor(millicores / 1000)));
  return {
    threads,
    bufferMiB: processing?.bufferMiB ?? (small ? 5 : Math.min(500, Math.floor(memoryMiB / 40))),
    mergeBuffers: processing?.mergeBuffers ?? Math.max(2, Math.floor(threads / 2)),
  };
}

function taskSlotsOf(role: Role, { memoryMiB, taskSlots }: RoleShare): { readonly taskSlots?: number } {
  if (role !== "indexer") return {};
  return { taskSlots: taskSlots ?? (memoryMiB < SMALL_MIB ? 4 : Math.max(4, Math.floor(memoryMiB / 1024))) };
}

function requireTaskMemory(name: string, heapMiB: number, taskSlots: number, threads: number): void {
  const least = MSQ_BASE_BYTES + MSQ_THREAD_BYTES * threads;
  const each = (heapMiB * MIB * MSQ_HEAP_SHARE) / taskSlots;
  if (each >= least) return;
  const mib = (bytes: number) => Math.ceil(bytes / MIB);
  throw new pulumi.RunError(
    `${name}: a heap of ${heapMiB} MiB gives each of ${taskSlots} taskSlots ${Math.floor(each / MIB)} MiB for SQL-based ` +
      `ingestion, which needs ${mib(least)} MiB with ${threads} threads: give it ${mib((least * taskSlots) / MSQ_HEAP_SHARE) - heapMiB} ` +
      "MiB more, or fewer taskSlots",
  );
}
