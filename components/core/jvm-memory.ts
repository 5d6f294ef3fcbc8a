import * as pulumi from "@pulumi/pulumi";

/** What a JVM needs besides its heap. The heap is what the container's limit leaves. */
export interface JvmNeeds {
  /** Classes. @default 96 */
  metaspaceMiB?: number;
  /** Compiled code. @default 32 */
  codeCacheMiB?: number;
  /** Direct buffers: network and file I/O. @default 32 */
  directMiB?: number;
  /** Threads alive at once, each with a stack of 512 KiB that is rarely touched beyond a quarter. @default 80 */
  threads?: number;
  /** Smallest heap with which the server is known to work. @default 64 */
  minHeapMiB?: number;
  /** Largest share of the limit the heap may take; the rest is left to the page cache. @default 0.75 */
  maxHeapShare?: number;
  /** It computes for minutes on end, and is worth its second compiler below 1 GiB too: twice as fast. @default false */
  computes?: boolean;
}

/** The parts of a container's memory limit, MiB. Their sum never exceeds the limit. */
export interface JvmMemory {
  heapMiB: number;
  metaspaceMiB: number;
  codeCacheMiB: number;
  directMiB: number;
  /** Stacks of all threads, as far as they are touched. */
  stacksMiB: number;
  /** What the second compiler takes while it is at a large method; 0 where it is off, or is a small part of all. */
  compilerMiB: number;
  /** Collector, symbols, malloc arenas and the launcher. */
  overheadMiB: number;
}

const STACK_KIB = 512;
/** Share of a stack that a thread really touches: the kernel gives pages on first use. */
const TOUCHED_STACK_KIB = 128;
/** Below this limit the serial collector and the first compiler tier save more memory than they cost in speed. */
const SMALL_MIB = 1024;
const SECOND_COMPILER_MIB = 48;

/**
 * Splits a container's memory limit into the parts of a JVM; the one place where that is decided.
 * @throws when the limit leaves less than `minHeapMiB`, naming the workload, the limit and the least that would do.
 */
export function jvmMemory(workload: string, limitMiB: number, needs: JvmNeeds = {}): JvmMemory {
  const {
    metaspaceMiB = 96,
    codeCacheMiB = 32,
    directMiB = 32,
    threads = 80,
    minHeapMiB = 64,
    maxHeapShare = 0.75,
    computes = false,
  } = needs;
  const stacksMiB = Math.ceil((threads * TOUCHED_STACK_KIB) / 1024);
  const compilerMiB = computes && limitMiB <= SMALL_MIB ? SECOND_COMPILER_MIB : 0;
  const overheadMiB = Math.max(48, Math.ceil(limitMiB * 0.1));
  const fixedMiB = metaspaceMiB + codeCacheMiB + directMiB + stacksMiB + compilerMiB + overheadMiB;
  const heapMiB = Math.min(limitMiB - fixedMiB, Math.floor(limitMiB * maxHeapShare));
  if (heapMiB < minHeapMiB) {
    throw new pulumi.RunError(
      `${workload}: a memory limit of ${limitMiB} MiB leaves its JVM a heap of ${Math.max(0, heapMiB)} MiB; ` +
        `it needs ${minHeapMiB} MiB, so give it at least ${fixedMiB + minHeapMiB} MiB`,
    );
  }
  return { heapMiB, metaspaceMiB, codeCacheMiB, directMiB, stacksMiB, compilerMiB, overheadMiB };
}

/** Flags that hold a JVM to its parts. A full heap ends the process: a restart beats a broker that limps. */
export function jvmOptions(memory: JvmMemory, limitMiB: number): string {
  const small = limitMiB <= SMALL_MIB;
  const compilers = memory.compilerMiB > 0 ? [] : ["-XX:TieredStopAtLevel=1"];
  return [
    `-Xms${small ? Math.min(32, memory.heapMiB) : memory.heapMiB}m`,
    `-Xmx${memory.heapMiB}m`,
    `-XX:MaxMetaspaceSize=${memory.metaspaceMiB}m`,
    `-XX:ReservedCodeCacheSize=${memory.codeCacheMiB}m`,
    `-XX:MaxDirectMemorySize=${memory.directMiB}m`,
    `-Xss${STACK_KIB}k`,
    "-XX:+ExitOnOutOfMemoryError",
    ...(small ? ["-XX:+UseSerialGC", ...compilers] : ["-XX:+UseG1GC"]),
  ].join(" ");
}

/**
 * What a set of JVM flags may take in all, MiB, and the flags that are missing. The counterpart of `jvmOptions` that a
 * policy applies to any container, whoever wrote its flags.
 */
export function jvmClaim(options: string): { claimMiB: number; missing: string[] } {
  const bounds = {
    "-Xmx": /(?:^|\s)-Xmx(\d+)([kmg])/i,
    "-XX:MaxMetaspaceSize": /-XX:MaxMetaspaceSize=(\d+)([kmg])/i,
    "-XX:ReservedCodeCacheSize": /-XX:ReservedCodeCacheSize=(\d+)([kmg])/i,
    "-XX:MaxDirectMemorySize": /-XX:MaxDirectMemorySize=(\d+)([kmg])/i,
  };
  let claimMiB = 0;
  const missing: string[] = [];
  for (const [flag, pattern] of Object.entries(bounds)) {
    const [, amount, unit = "m"] = pattern.exec(options) ?? [];
    if (amount === undefined) missing.push(flag);
    else claimMiB += Number(amount) * ({ k: 1 / 1024, m: 1, g: 1024 }[unit.toLowerCase()] ?? 1);
  }
  return { claimMiB, missing };
}
