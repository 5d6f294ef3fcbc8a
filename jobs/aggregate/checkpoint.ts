import type { EventClock } from "./watermark";

/**
 * What is committed to the consumer group: an offset that does not pass the first record of a window still open, and what
 * the records before it have done to the clock. Reading on from there rebuilds every open window from the log.
 */
export interface Checkpoint {
  readonly offset: number;
  /** Newest event time per source partition, in milliseconds, as it was at `offset`. */
  readonly newest: ReadonlyMap<number, number>;
  /**
   * Windows that end at or before this were closed when the commit was made (not at `offset`: some of their records may
   * lie before it). They are not rebuilt; what comes for them is added to what MySQL holds.
   */
  readonly closedUpTo: number;
  /** The rule in force, {@link ruleName}. Under another rule, records before the switch are not counted again. */
  readonly rule: string;
}

/** A broker refuses longer metadata (`offset.metadata.max.bytes`). */
export const METADATA_LIMIT_BYTES = 4096;
const VERSION = "a1";

/** Text that is equal when two rules count alike. The idle bound is not in it: it decides about memory, not about rows. */
export function ruleName(rule: { windowSeconds: number; watermarkSeconds: number; maxAheadSeconds: number }): string {
  return `${rule.windowSeconds}.${rule.watermarkSeconds}.${rule.maxAheadSeconds}`;
}

/**
 * Metadata of a commit: `a1|rule|newest|closedUpTo|source.behind,…`, times in base-36 seconds, each source's time
 * as the distance behind the newest. Six sources take about 60 bytes.
 * @throws when it does not fit: with more than about 500 source partitions
 */
export function encodeMetadata(checkpoint: Omit<Checkpoint, "offset">): string {
  const { newest, closedUpTo, rule } = checkpoint;
  const top = Math.max(...newest.values());
  const behind = [...newest].map(([source, time]) => `${source}.${((top - time) / 1000).toString(36)}`);
  const text = [
    VERSION,
    rule,
    newest.size === 0 ? "" : (top / 1000).toString(36),
    Number.isFinite(closedUpTo) ? closedUpTo.toString(36) : "",
    behind.join(","),
  ].join("|");
  if (text.length > METADATA_LIMIT_BYTES) {
    throw new Error(
      `the watermarks of ${newest.size} source partitions take ${text.length} bytes; a commit holds ${METADATA_LIMIT_BYTES}`,
    );
  }
  return text;
}

/** The checkpoint of a committed offset; undefined when the metadata is not ours (someone reset the group by hand). */
export function decodeMetadata(offset: number, metadata: string): Checkpoint | undefined {
  const [version, rule, top, closed, sources, ...more] = metadata.split("|");
  if (version !== VERSION || rule === undefined || sources === undefined || more.length > 0) return undefined;
  const topSeconds = number(top);
  const newest = new Map<number, number>();
  for (const entry of sources === "" ? [] : sources.split(",")) {
    const [source, behind] = entry.split(".");
    newest.set(Number(source), (topSeconds - number(behind)) * 1000);
  }
  const checkpoint = {
    offset,
    newest,
    closedUpTo: closed === "" ? Number.NEGATIVE_INFINITY : number(closed),
    rule,
  };
  const sound = [...newest].flat().every(Number.isSafeInteger);
  return sound && !Number.isNaN(checkpoint.closedUpTo) ? checkpoint : undefined;
}

/** The clock as it goes on from a checkpoint. */
export function clockOf(checkpoint: Checkpoint): EventClock {
  return { newest: new Map(checkpoint.newest), closedUpTo: checkpoint.closedUpTo };
}

function number(text: string | undefined): number {
  return text === undefined || text === "" ? 0 : Number.parseInt(text, 36);
}
