import { LabFailure } from "../cluster/core/failure";
import { connectHBase, type HBase, HBaseError } from "../jobs/core/hbase";
import type { Kube } from "./kube";

const REST = { service: "hbase-rest", port: 8080 };
/** Somebody waits at a terminal. */
const PATIENCE = { timeoutMs: 60_000, patienceMs: 5_000 };

/** Gives `work` the stack's HBase, by the client that jobs use, through a forwarded port. */
export function withHBase<T>(kube: Kube, work: (hbase: HBase) => Promise<T>): Promise<T> {
  return kube.forwarded(`service/${REST.service}`, REST.port, async (port) => {
    try {
      return await work(connectHBase({ url: `http://127.0.0.1:${port}`, ...PATIENCE }));
    } catch (error) {
      if (!(error instanceof HBaseError)) throw error;
      throw new LabFailure(error.message, { cause: error });
    }
  });
}
