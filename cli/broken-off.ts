import { existsSync, readFileSync } from "node:fs";
import { messageOf } from "../cluster/core/failure";
import { isRunning } from "../cluster/core/run";
import type { Pulumi } from "./pulumi";

/** What a run that was killed has left behind. */
export type Remains = "lock" | "objects";

/** Why Pulumi failed, as far as an earlier run that was killed is to blame; undefined when it is not. Pure but for `alive`. */
export function remainsIn(log: string, alive: (pid: number) => boolean): Remains | undefined {
  if (/currently locked by/.test(log)) {
    const owners = [...log.matchAll(/\(pid (\d+)\)/g)].map((match) => Number(match[1]));
    return owners.length > 0 && !owners.some(alive) ? "lock" : undefined;
  }
  return /Server-Side Apply field conflict/.test(log) ? "objects" : undefined;
}

/**
 * Runs Pulumi again when it failed over what a killed run has left: a lock of a process that is gone is taken away, and objects
 * that were made but never noted are taken over, where `ours` says that nobody else makes objects there.
 * @param attempt gets whether objects of others are to be taken over
 * @param note gets what was done about it, in words for people
 */
export async function despiteRemains<T>(
  pulumi: Pulumi,
  ours: boolean,
  attempt: (takeOver: boolean) => Promise<T>,
  note: (text: string) => void,
): Promise<T> {
  let takeOver = false;
  for (const done = new Set<Remains>(); ; ) {
    try {
      return await attempt(takeOver);
    } catch (error) {
      const log = existsSync(pulumi.log) ? readFileSync(pulumi.log, "utf8") : messageOf(error);
      const remains = remainsIn(log, isRunning);
      if (!remains || done.has(remains) || (remains === "objects" && !ours)) throw error;
      done.add(remains);
      if (remains === "lock") {
        await pulumi.unlock();
        note("an earlier run was killed and had left its lock on the state; it was taken away");
      } else {
        takeOver = true;
        note("an earlier run was killed before it could note what it had made; it was taken over");
      }
    }
  }
}
