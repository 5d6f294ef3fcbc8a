import { z } from "zod";
import { parseLogDate } from "../core/driver-log";
import type { HourFile } from "./hour-files";

const HOUR_SECONDS = 3600;
/** What Flume's TAILDIR source writes of each file. */
const positionsSchema = z.array(z.object({ file: z.string(), pos: z.number() }));

/** How far the collector has read each file, from the text of its positions. A text that is being written says nothing. */
export function readPositions(text: string): ReadonlyMap<string, number> {
  try {
    const positions = positionsSchema.safeParse(JSON.parse(text));
    return new Map((positions.data ?? []).map(({ file, pos }) => [file, pos]));
  } catch {
    return new Map();
  }
}

/** Files that nobody needs any more: all of their readings are older than is kept, and the collector has read them to the end. */
export function outlived(
  files: readonly HourFile[],
  positions: ReadonlyMap<string, number>,
  nowSecond: number,
  keepHours: number,
): HourFile[] {
  return files.slice(0, -1).filter(({ path, hour, bytes }) => {
    const start = parseLogDate(`${hour}0000`);
    if (start === undefined || start + HOUR_SECONDS > nowSecond - keepHours * HOUR_SECONDS) return false;
    return positions.get(path) === bytes;
  });
}
