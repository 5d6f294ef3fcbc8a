import type { CommittedOffset, OffsetRange } from "./kafka-api";

/** A group has committed what its topic does not hold: the topic was made anew, or its log cut. Going on would skip records. */
export class LogCut extends Error {
  override readonly name = "LogCut";
}

/**
 * Whether a group may go on where it has committed. A log that was made anew and has grown past the commit since cannot be
 * told from the old one.
 * @param ranges read after `committed`, or new records could look like a shorter log
 * @throws LogCut for the first partition whose commit lies beyond the log's end
 */
export function checkCommitted(
  groupId: string,
  topic: string,
  committed: readonly CommittedOffset[],
  ranges: readonly OffsetRange[],
): void {
  for (const { partition, offset } of committed) {
    const range = ranges.find((one) => one.partition === partition);
    if (offset === undefined || !range || offset <= range.end) continue;
    throw new LogCut(
      `the group ${groupId} has committed offset ${offset} of ${topic}, partition ${partition}, but that log ends at ${range.end}: ` +
        "the topic was made anew or cut, and going on would skip what comes. To read the new log from its start, stop the job " +
        `and run: kafka-consumer-groups --group ${groupId} --topic ${topic} --reset-offsets --to-earliest --execute`,
    );
  }
}
