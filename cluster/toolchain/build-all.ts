import { LabFailure } from "../core/failure";
import { formatElapsed } from "../core/progress";
import { buildPart, fetchPart } from "./build-part";
import type { PlannedPart } from "./plan";

/** What {@link buildAll} tells while it works. */
export interface BuildNews {
  /** One line on everything that is under way, e.g. `2 of 7 built · kubernetes 1204/3630 packages · pulumi downloading`. */
  report(detail: string): void;
  /** A line that stays, e.g. `built etcd in 40 s (3 of 7)`. */
  note(line: string): void;
}

/** How a part is fetched and built; tests pass their own. */
export interface BuildSteps {
  fetch: typeof fetchPart;
  build: typeof buildPart;
}

/**
 * Builds the parts in their order, `atOnce` of them at a time. Downloads run one after the other beside the compilers, so that
 * the network is busy while the processors are. After a failure nothing more is started, what runs is interrupted, and the
 * first failure is thrown; what is complete stays.
 * @param given aborted, it ends all as a failure does
 */
export async function buildAll(
  parts: readonly PlannedPart[],
  atOnce: number,
  news: BuildNews,
  given?: AbortSignal,
  steps: BuildSteps = { fetch: fetchPart, build: buildPart },
): Promise<void> {
  const failed = new AbortController();
  const stop = given === undefined ? failed.signal : AbortSignal.any([failed.signal, given]);
  const doing = new Map<string, string>();
  let built = 0;
  const tell = (name: string, what: string | undefined) => {
    if (what === undefined) doing.delete(name);
    else doing.set(name, what);
    news.report([`${built} of ${parts.length} built`, ...[...doing].map((entry) => entry.join(" "))].join(" · "));
  };

  let line: Promise<unknown> = Promise.resolve();
  const fetches = parts.map((planned) => {
    const fetched = line.then(() => {
      tell(planned.part.name, "downloading");
      return steps.fetch(planned, stop);
    });
    line = fetched.then(() => tell(planned.part.name, undefined));
    line.catch(() => undefined); // whoever builds the part meets the same failure
    return fetched;
  });

  const queue = parts.map((planned, index) => ({ planned, fetched: fetches[index] }));
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined && !stop.aborted; next = queue.shift()) {
      const { planned, fetched } = next;
      const { name } = planned.part;
      const packages = await fetched;
      const begin = performance.now();
      tell(name, "compiling");
      await steps.build(planned, (compiled) => tell(name, `${compiled}/${packages} packages`), stop);
      built += 1;
      tell(name, undefined);
      news.note(`      built ${name} in ${formatElapsed(performance.now() - begin)} (${built} of ${parts.length})`);
    }
  };
  const failures: unknown[] = [];
  const guarded = () =>
    worker().catch((error: unknown) => {
      failures.push(error);
      failed.abort();
    });
  await Promise.all(Array.from({ length: Math.min(atOnce, parts.length) }, guarded));
  await Promise.allSettled(fetches);
  given?.throwIfAborted();
  if (failures.length > 0) throw failures[0] instanceof Error ? failures[0] : new LabFailure(String(failures[0]));
}
