import { existsSync, readFileSync } from "node:fs";
import { LabFailure } from "../core/failure";
import type { Layout } from "./layout";
import { paths } from "./layout";
import { clusterOf } from "./process-identity";
import { readJson, readState, writeJson } from "./supervisor/files";

/** Whose cluster runs on this machine, in the run directory from the first change until `lab down`. */
export interface ClusterRecord {
  /** Data directory of that cluster. */
  data: string;
  /** Boot the record belongs to: after a reboot nothing of it runs. */
  boot: string;
  /** Whether the machine was a router before the lab made it one. */
  forwardsAlready: boolean;
  /** nftables tables that were there before, as `family name`. */
  nftTables: string[];
  /** Path of `ctr`, for the end of the pods. */
  ctr: string;
}

/** The record of the running machine; undefined when none was written since it started. */
export function readRecord(layout: Layout): ClusterRecord | undefined {
  const record = readJson<ClusterRecord>(paths(layout).record);
  return record?.boot === bootId() ? record : undefined;
}

/** Writes the record of the running machine. */
export function writeRecord(layout: Layout, record: Omit<ClusterRecord, "boot">): void {
  writeJson(paths(layout).record, { ...record, boot: bootId() } satisfies ClusterRecord);
}

/** @throws LabFailure when the cluster on this machine belongs to another cache. */
export function refuseForeignCluster(layout: Layout): void {
  const data = readRecord(layout)?.data ?? runningData(layout);
  if (data === undefined || data === layout.data) return;
  const cache = data.replace(/\/cluster$/, "");
  throw new LabFailure(`a lab with its data in ${cache} runs on this machine already, and there can be one only`, {
    fix: `LAB_CACHE=${cache} ./lab down`,
  });
}

/** Where a supervisor that still runs keeps its data, should the record be lost. */
function runningData(layout: Layout): string | undefined {
  const supervisor = readState(paths(layout).state)?.supervisor;
  return supervisor && existsSync(`/proc/${supervisor.pid}`) ? clusterOf(supervisor.pid) : undefined;
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
