import { type RestRows, rowsOf } from "../jobs/core/hbase";
import { secondPrefix } from "../jobs/core/reading-rows";
import { READINGS_FAMILY, READINGS_TABLE } from "../stacks/smartcar-names";
import { servicePath } from "./druid-sql";
import type { ApiReader } from "./kube";
import { seoulTime } from "./seoul-time";

/** A reading as HBase has it. */
export interface ReadingRow {
  /** `YYYY-MM-DD HH:MM:SS` in Seoul. */
  readonly time: string;
  readonly car: string;
  /** km/h. */
  readonly speed: string;
  readonly area: string;
}

/** HBase's account of its servers. */
export interface HBaseStatus {
  readonly regions: number;
  readonly averageLoad: number;
  readonly LiveNodes: readonly { readonly name: string }[];
  readonly DeadNodes: readonly (string | { readonly name: string })[];
}

/** Seconds back at which a reading is looked for, the newest first: one look a second would be many for nothing. */
const LOOKS_BACK = [2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60];

/** What is asked about the readings in HBase, through its REST server behind the API server's proxy. */
export interface ReadingsReader {
  status(): Promise<HBaseStatus>;
  /** Readings of the newest second of the last minute that has any, and that second's age; none without one. */
  newest(nowMs: number): Promise<{ readonly rows: readonly ReadingRow[]; readonly ageSeconds: number } | undefined>;
}

/** The stack's readings, as they are reached from here. */
export function readingsReader(api: ApiReader, namespace: string): ReadingsReader {
  const rest = servicePath(namespace, "hbase-rest", 8080);
  return {
    status: () => api.json(`${rest}/status/cluster`),
    async newest(nowMs) {
      for (const ageSeconds of LOOKS_BACK) {
        const rows = await readingsOf(api, rest, nowMs - ageSeconds * 1000);
        if (rows.length > 0) return { rows, ageSeconds };
      }
      return undefined;
    },
  };
}

async function readingsOf(api: ApiReader, rest: string, ms: number): Promise<ReadingRow[]> {
  const second = seoulTime(new Date(ms).toISOString()).replace(/\D/g, "");
  const path = `${rest}/${READINGS_TABLE}/${secondPrefix(second)}*`;
  const found = await api.json<RestRows>(path).catch((error: unknown): RestRows => {
    if (/not ?found/i.test(String(error))) return {}; // so REST says that there are no such rows
    throw error;
  });
  return rowsOf(found).map(({ cells }) => {
    const value = (name: string) => cells.find(({ column }) => column === `${READINGS_FAMILY}:${name}`)?.value ?? "";
    return {
      time: wallTime(value("date")),
      car: value("car_number"),
      speed: value("speed"),
      area: value("area_number"),
    };
  });
}

function wallTime(date: string): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3 $4:$5:$6");
}
