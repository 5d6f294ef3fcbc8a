import { LabFailure, messageOf } from "../cluster/core/failure";
import type { PipelineName, Settings } from "../stacks/settings";
import { sleep } from "./interrupt";
import { kappaFlow } from "./kappa-flow";
import type { ApiReader, Kube } from "./kube";
import { lambdaFlow } from "./lambda-flow";
import { smartcarFlow } from "./smartcar-flow";
import type { PodObject } from "./status";

const POLL_MS = 1_500;
/** From a deployed stack to the first row: a flush, a window, its watermark, and pods that may still be starting. */
const TIMEOUT_MS = 240_000;

/** Rows that prove that data has gone all the way, as a table. */
export interface Proof {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** What one look at the end of a pipeline found. */
export interface Look {
  /** Whether data has come all the way just now. */
  readonly flows: boolean;
  /** One line on what there is, or what is missing. */
  readonly says: string;
  readonly proofs: readonly Proof[];
}

/** Where a pipeline is looked at. */
export interface Place {
  readonly kube: Kube;
  readonly api: ApiReader;
  readonly settings: Settings;
}

/** Looks once at the end of a pipeline. Rejects while what it asks does not answer. */
export type Flow = (place: Place) => Promise<Look>;

const FLOWS: Readonly<Record<PipelineName, Flow>> = {
  kappa: kappaFlow,
  lambda: lambdaFlow,
  smartcar: smartcarFlow,
};

/**
 * Waits until real events have gone through each of the stack's pipelines just now. Resolves with what shows it.
 * @throws LabFailure naming the pods that are not ready when that does not happen
 */
export function waitForFlow(kube: Kube, settings: Settings, report: (detail: string) => void): Promise<Proof[]> {
  const deadline = Date.now() + TIMEOUT_MS;
  return kube.withApi(async (api) => {
    const proofs: Proof[] = [];
    for (const name of settings.pipelines) {
      for (;;) {
        const look = await FLOWS[name]({ kube, api, settings }).catch(failed);
        report(look.says);
        if (look.flows) {
          proofs.push(...look.proofs);
          break;
        }
        if (Date.now() > deadline) {
          const what = `no data through ${name} in ${TIMEOUT_MS / 1000} s (${look.says})${await troubles(kube)}`;
          throw new LabFailure(what, { fix: "lab status shows which hop stands still, lab logs WORKLOAD why" });
        }
        await sleep(POLL_MS);
      }
    }
    return proofs;
  });
}

function failed(error: unknown): Look {
  return { flows: false, says: messageOf(error).split("\n")[0] ?? "", proofs: [] };
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
