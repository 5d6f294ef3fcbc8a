import { connectDruid } from "../core/druid";
import { runOnce } from "../core/job";
import { superviseConfigSchema } from "./config";
import { runSupervise } from "./run";
import { stopSignal } from "./stop";

/**
 * Entry point of the job `supervise`. Exit codes: 0 it runs as declared, 1 another run may succeed, 2 config wrong,
 * 3 the spec does not work, and what ran before runs.
 */
runOnce("supervise", superviseConfigSchema, (config, log) =>
  runSupervise(config, connectDruid(config.druid), log, { stop: stopSignal() }),
);
