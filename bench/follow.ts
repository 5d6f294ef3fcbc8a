import { setTimeout } from "node:timers/promises";
import type { JobProcess } from "../test/support/job-process";
import { usedByTree } from "./cpu";
import type { Figures } from "./report";

const LOOK_EVERY_MS = 25;
/** Spark writes its plan behind an error. */
const SHOWN_CHARACTERS = 20_000;

/** One process, measured twice. */
export interface ColdAndWarm {
  /** From the start of the process to the end of the first half. */
  readonly cold: Figures;
  /** The second half. */
  readonly warm: Figures;
}

/** What is followed. */
export interface Followed {
  readonly name: string;
  readonly start: () => JobProcess;
  /** How much is done; asked again and again, so it must cost the process nothing. */
  readonly done: () => number | Promise<number>;
  /** How much there is to do in all; a half of it is done cold. */
  readonly total: number;
  /** Ends the process that has done it all. @default waits for its own end */
  readonly end?: (process: JobProcess) => void;
}

/** Runs a process until everything is done, and sees from outside when that is and what it has cost. */
export async function follow({ name, start, done, total, end }: Followed): Promise<ColdAndWarm> {
  const begin = performance.now();
  const process = start();
  const look = (count: number) => ({
    count,
    seconds: (performance.now() - begin) / 1000,
    ...usedByTree(process.child.pid ?? -1),
  });
  let half: ReturnType<typeof look> | undefined;
  for (;;) {
    if (process.child.exitCode !== null || process.child.signalCode !== null) {
      throw new Error(`${name} ended before it was done: ${process.output().slice(-SHOWN_CHARACTERS)}`);
    }
    const count = await done();
    if (!half && count >= total / 2) half = look(count);
    if (half && count >= total) {
      const whole = look(count);
      end?.(process);
      const result = await process.ended;
      if (!end && result !== 0)
        throw new Error(`${name} ended with ${result}: ${process.output().slice(-SHOWN_CHARACTERS)}`);
      const warm = {
        name,
        count: whole.count - half.count,
        seconds: whole.seconds - half.seconds,
        cpuSeconds: whole.cpuSeconds - half.cpuSeconds,
        peakMiB: whole.peakMiB,
      };
      return { cold: { name, ...half }, warm };
    }
    await setTimeout(LOOK_EVERY_MS);
  }
}
