import { join } from "node:path";
import { messageOf } from "../../core/failure";
import { readProcesses, readState, writeJson } from "./files";
import { Supervisor } from "./supervisor";

const TICK_MS = 250;
const ROTATE_MS = 60_000;

/**
 * The supervisor's process: `node supervisor.js RUN_DIRECTORY`. Reads `processes.json` at start and on SIGHUP, writes
 * `state.json`. SIGTERM ends it and nothing else.
 */
async function main(directory: string): Promise<void> {
  const log = (line: string): void => {
    process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  };
  const statePath = join(directory, "state.json");
  const read = () => readProcesses(join(directory, "processes.json")) ?? [];
  const supervisor = new Supervisor({
    known: readState(statePath),
    program: __filename,
    save: (state) => writeJson(statePath, state),
    log,
  });
  let planned = Promise.resolve();
  const plan = () => {
    planned = planned
      .then(() => supervisor.plan(read()))
      .catch((error) => log(`the list of processes could not be followed: ${messageOf(error)}`));
  };
  process.on("SIGHUP", plan);
  process.on("SIGTERM", () => {
    log("the supervisor ends; what it kept goes on");
    process.exit(0);
  });
  process.on("SIGINT", () => undefined);
  plan();
  setInterval(() => supervisor.tick(), TICK_MS);
  setInterval(() => supervisor.rotateLogs(), ROTATE_MS);
}

const directory = process.argv[2];
if (!directory) throw new Error("usage: supervisor RUN_DIRECTORY");
void main(directory);
