import type { DaysPage } from "../jobs/over-speed/pages";
import { READINGS_TABLE, STATUS_LINES } from "../stacks/smartcar-names";
import { servicePath } from "./druid-sql";
import type { Flow, Look, Proof } from "./flow";
import { type HdfsFile, hdfsReader, newestFile } from "./hdfs-files";
import { type ReadingRow, readingsReader } from "./readings";

/** Rows shown at the end of `lab up`. */
const SHOWN_ROWS = 5;
/** From a line of the driver log to a row of HBase: two hops and a busy machine. */
const FRESH_SECONDS = 20;

/**
 * The smart car pipeline ends in HBase, which must have readings of just now, in Redis, which must answer its reader, and in
 * HDFS, where readers must see a file of status lines.
 */
export const smartcarFlow: Flow = async ({ kube, api, settings }) => {
  const file = await newestFile(hdfsReader(api, kube.namespace), STATUS_LINES);
  if (!settings.smartcar.topology) return lookAtFilesAlone(file);
  const newest = await readingsReader(api, kube.namespace).newest(Date.now());
  const days = await api.json<DaysPage>(`${servicePath(kube.namespace, "over-speed", 8080)}/days`);
  return lookAt(newest, days, file);
};

/** What the newest readings, Redis's days and the newest status lines say. */
export function lookAt(
  newest: { readonly rows: readonly ReadingRow[]; readonly ageSeconds: number } | undefined,
  { days }: DaysPage,
  file: HdfsFile | undefined,
): Look {
  if (!newest) return { flows: false, says: `no reading of the last minute in HBase's ${READINGS_TABLE}`, proofs: [] };
  const { rows, ageSeconds } = newest;
  const says = `HBase has ${rows.length} readings of ${ageSeconds} s ago`;
  if (ageSeconds > FRESH_SECONDS) return { flows: false, says, proofs: [] };
  if (!file) return { flows: false, says: `${says}; no file of status lines in HDFS yet`, proofs: [] };
  return {
    flows: true,
    says: `${says}; HDFS has ${file.name}`,
    proofs: [
      {
        title: `newest readings in HBase's ${READINGS_TABLE} (Asia/Seoul)`,
        header: ["time", "car", "km/h", "area"],
        rows: rows.slice(0, SHOWN_ROWS).map(({ time, car, speed, area }) => [time, car, speed, area]),
      },
      {
        title: "speeding readings in Redis (lab over-speed DAY shows the cars)",
        header: ["day", "readings"],
        rows: days.map(({ day, members }) => [day, members]),
      },
      {
        title: `newest file below ${STATUS_LINES} in HDFS`,
        header: ["file", "bytes"],
        rows: [[file.name, file.bytes]],
      },
    ],
  };
}

/** Without its topology the pipeline ends in HDFS, and in the topic, where readings wait. */
export function lookAtFilesAlone(file: HdfsFile | undefined): Look {
  if (!file) return { flows: false, says: "no file of status lines in HDFS yet", proofs: [] };
  return { flows: true, says: `HDFS has ${file.name}; readings wait for a topology`, proofs: [fileProof(file)] };
}

function fileProof(file: HdfsFile): Proof {
  return {
    title: `newest file below ${STATUS_LINES} in HDFS`,
    header: ["file", "bytes"],
    rows: [[file.name, file.bytes]],
  };
}
