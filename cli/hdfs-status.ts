import { type HdfsFile, type HdfsReader, type HdfsUsage, newestFile } from "./hdfs-files";
import { STALE_SECONDS } from "./status";
import type { StoreRow } from "./store-row";

/** A directory of HDFS: it passes while no block is missing and files come in, each after `rollSeconds` at most. */
export function directoryRow(
  directory: string,
  usage: HdfsUsage,
  newest: HdfsFile | undefined,
  rollSeconds: number,
  nowMs: number,
): StoreRow {
  const { capacityBytes, usedBytes, underReplicatedBlocks, missingBlocks } = usage;
  const age = newest ? Math.round((nowMs - newest.modifiedMs) / 1000) : null;
  const missing = missingBlocks > 0 ? `, ${missingBlocks} missing` : "";
  return {
    store: `hdfs ${directory}`,
    ok: missingBlocks === 0 && age !== null && age <= rollSeconds + STALE_SECONDS,
    state: `${gib(usedBytes)} of ${gib(capacityBytes)} GiB used, blocks: ${underReplicatedBlocks} under-replicated${missing}`,
    newestAgeSeconds: age,
    facts: { capacityBytes, usedBytes, underReplicatedBlocks, missingBlocks, newestFile: newest?.name ?? null },
  };
}

/** Looks at a directory of days. */
export async function lookAtDirectory(hdfs: HdfsReader, directory: string, rollSeconds: number): Promise<StoreRow> {
  const [usage, newest] = await Promise.all([hdfs.usage(), newestFile(hdfs, directory)]);
  return directoryRow(directory, usage, newest, rollSeconds, Date.now());
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
