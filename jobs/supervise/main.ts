import { connectDruid } from "../core/druid";
import { runOnce } from "../core/job";
import { superviseConfigSchema } from "./config";
import { runSupervise } from "./run";

runOnce("supervise", superviseConfigSchema, (config, log) => runSupervise(config, connectDruid(config.druid), log));
