import { messageOf } from "../../jobs/core/log";
import type { World } from "./world";

/** What a benchmark leaves in a stack. */
export interface Leftovers {
  /** Directories of HDFS. */
  readonly directories: readonly string[];
  readonly datasource: string;
  /** The day that was reindexed from those directories. */
  readonly day: string;
}

/**
 * Takes back what a benchmark has put into a stack. The day is reindexed last: without files it becomes an empty one,
 * and Druid holds what HDFS does, which `lab verify lambda` compares. Each step is tried, whatever became of those
 * before, and none throws: why a benchmark has broken off must not be lost behind what could not be taken back.
 * @returns whether all is gone
 */
export async function cleanUp(
  world: Pick<World, "druid" | "remove" | "reindex">,
  { directories, datasource, day }: Leftovers,
  say: (line: string) => void,
): Promise<boolean> {
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ...directories.map((directory) => [`removing ${directory}`, () => world.remove(directory)] as const),
    [
      `removing the datasource ${datasource}`,
      () => world.druid.delete(`/druid/coordinator/v1/datasources/${datasource}`),
    ],
    [`reindexing ${day} without its files, so that it is an empty day again`, () => world.reindex(day)],
  ];
  let whole = true;
  for (const [step, run] of steps) {
    say(step);
    try {
      await run();
    } catch (error) {
      whole = false;
      say(`${step}: failed: ${messageOf(error)}`);
    }
  }
  return whole;
}
