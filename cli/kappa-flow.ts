import type { Flow } from "./flow";
import { newestRows, secondsSince } from "./rows";

/** Rows shown at the end of `lab up`. */
const SHOWN_ROWS = 10;
/** Beside window and watermark: the collector's flush, the jobs' own, and a busy machine. */
const SLACK_SECONDS = 30;

/** Kappa ends in `events_users_v1`: its newest window must have closed just now. */
export const kappaFlow: Flow = async ({ kube, settings }) => {
  const { windowSeconds, watermarkSeconds } = settings.kappa;
  const rows = await newestRows(kube, SHOWN_ROWS);
  const [newest] = rows;
  if (!newest) return { flows: false, says: "no row in events_users_v1 yet", proofs: [] };
  const age = secondsSince(newest.end, Date.now());
  const flows = age <= windowSeconds + watermarkSeconds + SLACK_SECONDS;
  return {
    flows,
    says: flows ? `newest window ended ${newest.end}` : `the newest row's window ended ${age} s ago`,
    proofs: [
      {
        title: "newest rows of events_users_v1 (Asia/Seoul)",
        header: ["start", "end", "user_name", "count"],
        rows: rows.map((row) => [row.start, row.end, row.key, row.count]),
      },
    ],
  };
};
