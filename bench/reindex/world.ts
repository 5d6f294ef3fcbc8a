import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { runJob } from "../../cli/job";
import { quietProgress } from "../../cli/quiet-progress";
import { connect, planFor } from "../../cli/target";
import { checkConfig } from "../../jobs/core/config";
import { connectDruid, type Druid } from "../../jobs/core/druid";
import { connectWebHdfs } from "../../jobs/core/webhdfs";
import { type ReindexConfig, reindexSchema } from "../../jobs/reindex/config";
import { runReindex } from "../../jobs/reindex/run";
import { DEPTS, NAMES } from "../../stacks/static-tables";
import { type Look, lookAtWorkers } from "./memory";

/** Servers to measure on. */
export interface World {
  readonly druid: Druid;
  /** Copies a file of this machine into a directory of HDFS. */
  put(file: string, directory: string): Promise<void>;
  remove(directory: string): Promise<void>;
  /** Reindexes a day, as a stack's job does. */
  reindex(day: string): Promise<void>;
  /** Looks at the pods that work in a reindex; undefined where the servers are no pods, and have no limits. */
  readonly lookAtWorkers: (() => Promise<Look[]>) | undefined;
}

/** Directory of raw events in HDFS. */
export const EVENTS = "/lambda/events";

/** Servers at addresses, e.g. started by hand. */
export function serversAt(router: string, namenode: string): World {
  const config: ReindexConfig = {
    druid: { url: router },
    hdfs: { urls: [namenode], user: "lab" },
    events: EVENTS,
    malformed: "/lambda/malformed",
    names: [...NAMES],
    depts: [...DEPTS],
  };
  const druid = connectDruid(config.druid);
  const hdfs = connectWebHdfs(config.hdfs);
  return {
    druid,
    put: (file, directory) => hdfs.create(`${directory}/${basename(file)}`, readFileSync(file)),
    async remove(directory) {
      await hdfs.delete(directory);
    },
    async reindex(day) {
      const stop = new AbortController().signal;
      const settings = checkConfig(reindexSchema, { ...config, day }, "bench");
      expectNone(await runReindex(settings, { druid, hdfs, say: console.log, stop, now: Date.now }));
    },
    lookAtWorkers: undefined,
  };
}

/** The servers of a stack that is up. */
export async function inStack<T>(stack: string, work: (world: World) => Promise<T>): Promise<T> {
  const { kube } = await connect(planFor(stack), quietProgress());
  const hdfs = (args: string[], input?: Buffer) =>
    kube.run(
      ["exec", "--stdin", "namenode-0", "--container=namenode", "--", "hdfs", "dfs", ...args],
      input ? { input } : {},
    );
  return kube.withApi((api) =>
    kube.forwarded("service/druid-router", 8888, (port) =>
      work({
        druid: connectDruid({ url: `http://127.0.0.1:${port}` }),
        async put(file, directory) {
          await hdfs(["-mkdir", "-p", directory]);
          await hdfs(["-put", "-f", "-", `${directory}/${basename(file)}`], readFileSync(file));
        },
        async remove(directory) {
          await hdfs(["-rm", "-r", "-f", "-skipTrash", directory]);
        },
        reindex: async (day) => expectNone(await runJob(kube, "reindex", { day }, console.log)),
        lookAtWorkers: () => lookAtWorkers(api, kube.namespace),
      }),
    ),
  );
}

function expectNone(exitCode: number): void {
  if (exitCode !== 0) throw new Error(`the reindex ended with ${exitCode}`);
}
