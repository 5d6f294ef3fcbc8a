import { RAW_EVENTS, SPEED } from "../stacks/lambda-names";
import { druidReader } from "./druid-sql";
import type { Flow, Look } from "./flow";
import { type HdfsFile, hdfsReader, newestFile } from "./hdfs-files";
import { exists, NOT_OF_THE_FUTURE } from "./lambda-status";
import { seoulTime } from "./seoul-time";

/** Rows shown at the end of `lab up`. */
const SHOWN_ROWS = 5;
/** From an event to a row of Druid: a flush of the collector, two hops, and a busy machine. */
const FRESH_SECONDS = 30;

/** A row of the speed layer. */
export interface SpeedRow {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly user_name: string;
  readonly dept_name: string;
  readonly id: number;
}

/** Lambda ends in Druid, whose newest row must be of just now, and in HDFS, where readers must see a file of it. */
export const lambdaFlow: Flow = async ({ kube, api, settings }) => {
  const druid = druidReader(api, kube.namespace);
  if (!(await exists(druid, SPEED))) return lookAt([], undefined, Date.now(), settings.lambda.rollSeconds);
  const rows = await druid.sql<SpeedRow>(
    `SELECT __time AS "time", "user_name", "dept_name", "id" FROM "${SPEED}" WHERE ${NOT_OF_THE_FUTURE}
     ORDER BY __time DESC LIMIT ${SHOWN_ROWS}`,
  );
  const file = await newestFile(hdfsReader(api, kube.namespace), RAW_EVENTS);
  return lookAt(rows, file, Date.now(), settings.lambda.rollSeconds);
};

/** Beside the age at which a file is finished: the collector's batches, and a busy machine. */
const FILE_SLACK_SECONDS = 120;

/** What the newest rows and the newest file say. */
export function lookAt(
  rows: readonly SpeedRow[],
  file: HdfsFile | undefined,
  nowMs: number,
  rollSeconds: number,
): Look {
  const [newest] = rows;
  if (!newest) return { flows: false, says: `no row in Druid's ${SPEED} yet`, proofs: [] };
  const age = Math.round((nowMs - Date.parse(newest.time)) / 1000);
  if (age > FRESH_SECONDS) return { flows: false, says: `Druid's newest row in ${SPEED} is ${age} s old`, proofs: [] };
  if (!file) return { flows: false, says: `Druid's newest row is ${age} s old; no file in HDFS yet`, proofs: [] };
  const fileAge = Math.round((nowMs - file.modifiedMs) / 1000);
  if (fileAge > rollSeconds + FILE_SLACK_SECONDS) {
    return { flows: false, says: `the newest file in HDFS was finished ${fileAge} s ago`, proofs: [] };
  }
  return {
    flows: true,
    says: `Druid's newest row is ${age} s old; HDFS has ${file.name}`,
    proofs: [
      {
        title: `newest rows of Druid's ${SPEED} (Asia/Seoul)`,
        header: ["time", "user_name", "dept_name", "id"],
        rows: rows.map((row) => [seoulTime(row.time), row.user_name, row.dept_name, row.id]),
      },
      {
        title: `newest file below ${RAW_EVENTS} in HDFS`,
        header: ["file", "bytes"],
        rows: [[file.name, file.bytes]],
      },
    ],
  };
}
