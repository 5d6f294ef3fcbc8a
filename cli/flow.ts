import { LabFailure, messageOf } from "../cluster/core/failure";
import { sleep } from "./interrupt";
import type { Kube } from "./kube";
import { newestRows, secondsSince, type WindowRow } from "./rows";
import type { PodObject } from "./status";

/** Rows shown at the end of `lab up`. */
const SHOWN_ROWS = 10;
const POLL_MS = 1_500;
/** From a deployed stack to the first row: a flush, a window, its watermark, and pods that may still be starting. */
const TIMEOUT_MS = 240_000;

/**
 * Waits until real events have gone through the whole pipeline just now: the newest window of `events_users_v1` ended no
 * longer ago than `freshSeconds`. Resolves with the newest rows.
 * @throws LabFailure naming the pods that are not ready when none comes
 */
export async function waitForRows(
  kube: Kube,
  freshSeconds: number,
  report: (detail: string) => void,
): Promise<WindowRow[]> {
  const deadline = Date.now() + TIMEOUT_MS;
  let last = "no row yet";
  while (Date.now() < deadline) {
    try {
      const rows = await newestRows(kube, SHOWN_ROWS);
      const [newest] = rows;
      if (newest) {
        const age = secondsSince(newest.end, Date.now());
        if (age <= freshSeconds) return rows;
        last = `the newest row's window ended ${age} s ago`;
      }
    } catch (error) {
      last = messageOf(error).split("\n")[0] ?? "";
    }
    report(last);
    await sleep(POLL_MS);
  }
  throw new LabFailure(`no new row in events_users_v1 in ${TIMEOUT_MS / 1000} s (${last})${await troubles(kube)}`, {
    fix: "lab status shows which hop stands still, lab logs WORKLOAD why",
  });
}

async function troubles(kube: Kube): Promise<string> {
  const pods = await kube.list<PodObject>("pods").catch(() => []);
  const bad = pods.filter(
    ({ status }) => status?.phase !== "Succeeded" && !status?.containerStatuses?.every((c) => c.ready),
  );
  const shown = bad.map(({ metadata, status }) => {
    const why = status?.containerStatuses?.[0]?.state?.waiting?.reason ?? status?.phase ?? "unknown";
    return `${metadata.name} (${why})`;
  });
  return shown.length > 0 ? `; not ready: ${shown.join(", ")}` : "";
}
