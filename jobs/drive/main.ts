import { runStreamJob } from "../core/job";
import { driveConfigSchema } from "./config";
import { runDrive } from "./run";

runStreamJob("drive", driveConfigSchema, runDrive);
