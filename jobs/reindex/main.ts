import { connectDruid } from "../core/druid";
import { runForPeople } from "../core/job";
import { connectWebHdfs } from "../core/webhdfs";
import { type ReindexSettings, reindexSchema } from "./config";
import { runReindex } from "./run";

/**
 * Entry point of the job `reindex`. Prints what it does, and one line per day; exit codes: 0 every line is accounted for, 1
 * not, or failed, 2 config wrong. Told to stop, it stops its task: the day is as it was.
 */
function main(config: ReindexSettings): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => stop.abort(new Error("this run was told to stop")));
  return runReindex(config, {
    druid: connectDruid(config.druid),
    hdfs: connectWebHdfs(config.hdfs),
    say: (line) => process.stdout.write(`${line}\n`),
    stop: stop.signal,
    now: Date.now,
  });
}

runForPeople("reindex", reindexSchema, main);
