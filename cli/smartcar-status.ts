import type { DaysPage } from "../jobs/over-speed/pages";
import { READINGS_TABLE, STATUS_LINES, TOPOLOGY } from "../stacks/smartcar-names";
import { servicePath } from "./druid-sql";
import { hdfsReader } from "./hdfs-files";
import { lookAtDirectory } from "./hdfs-status";
import type { ApiReader } from "./kube";
import { type HBaseStatus, readingsReader } from "./readings";
import { seoulDay } from "./seoul-time";
import { STALE_SECONDS } from "./status";
import { lookAtStores, type StoreRow } from "./store-row";

/** Storm's topologies as its page lists them, as far as they are read here. */
export interface TopologySummary {
  readonly topologies: readonly {
    readonly name: string;
    readonly status: string;
    readonly uptimeSeconds: number;
    readonly workersTotal: number;
    readonly executorsTotal: number;
  }[];
}

/** The topology: it passes while Storm says that it is active and it has workers. */
export function topologyRow({ topologies }: TopologySummary): StoreRow {
  const found = topologies.find(({ name }) => name === TOPOLOGY);
  const state = found
    ? `${found.status}, ${found.executorsTotal} executors in ${found.workersTotal} workers`
    : "not running";
  return {
    store: `storm ${TOPOLOGY}`,
    ok: found?.status === "ACTIVE" && found.workersTotal > 0,
    state,
    newestAgeSeconds: null,
    facts: { status: found?.status ?? null, workers: found?.workersTotal ?? 0, executors: found?.executorsTotal ?? 0 },
  };
}

/** The readings: they pass while a RegionServer lives and readings come in. */
export function readingsRow({ LiveNodes, DeadNodes, regions }: HBaseStatus, ageSeconds: number | null): StoreRow {
  const dead = DeadNodes.length > 0 ? `, ${DeadNodes.length} dead` : "";
  return {
    store: `hbase ${READINGS_TABLE}`,
    ok: LiveNodes.length > 0 && ageSeconds !== null && ageSeconds <= STALE_SECONDS,
    state: `${LiveNodes.length} RegionServers${dead}, ${regions} regions`,
    newestAgeSeconds: ageSeconds,
    facts: { live: LiveNodes.length, dead: DeadNodes.length, regions },
  };
}

/** The speeding cars: they pass while Redis answers; a day without any is a good day. */
export function speedingRow({ days }: DaysPage, nowMs: number): StoreRow {
  const today = seoulDay(new Date(nowMs).toISOString()).replaceAll("-", "");
  const readings = days.find(({ day }) => day === today)?.members ?? 0;
  return {
    store: "redis",
    ok: true,
    state: `${readings} speeding readings today, ${days.length} days`,
    newestAgeSeconds: null,
    facts: { today: readings, days: days.length },
  };
}

/** All stores of the smart car pipeline. @param rollSeconds how long a file in HDFS is written before readers see it */
export function smartcarStores(api: ApiReader, namespace: string, rollSeconds: number): Promise<StoreRow[]> {
  const readings = readingsReader(api, namespace);
  return lookAtStores([
    [
      `storm ${TOPOLOGY}`,
      async () => topologyRow(await api.json(`${servicePath(namespace, "storm-ui", 8088)}/api/v1/topology/summary`)),
    ],
    [
      `hbase ${READINGS_TABLE}`,
      async () => {
        const [status, newest] = await Promise.all([readings.status(), readings.newest(Date.now())]);
        return readingsRow(status, newest?.ageSeconds ?? null);
      },
    ],
    [
      "redis",
      async () => speedingRow(await api.json(`${servicePath(namespace, "over-speed", 8080)}/days`), Date.now()),
    ],
    [`hdfs ${STATUS_LINES}`, () => lookAtDirectory(hdfsReader(api, namespace), STATUS_LINES, rollSeconds)],
  ]);
}
