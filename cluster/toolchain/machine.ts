import { availableParallelism, totalmem } from "node:os";

/** Processors that may be used. */
export function cores(): number {
  return availableParallelism();
}

/** Memory of this machine or container, in GiB. */
export function memoryGiB(): number {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), limit) / 2 ** 30;
}
