import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatLogDate, unpaddedDriverLine } from "../core/driver-log";

/** A driver log of one hour in Seoul. */
export interface HourFile {
  readonly path: string;
  /** `yyyyMMddHH` */
  readonly hour: string;
  readonly bytes: number;
}

const NAME = /^driver-(\d{10})\.log$/;
const DATE = "yyyyMMddHHmmss".length;
/** More than a line has before its padding. */
const LONGEST_UNPADDED = 128;
/** More than the longest line there may be, twice. */
const TAIL_BYTES = 1024 ** 2;
const LINE_BREAK = 10;

/** Name of the file that a second's readings go to. */
export function hourFileName(second: number): string {
  return `driver-${formatLogDate(second).slice(0, 10)}.log`;
}

/** All driver logs of a directory, oldest first; none when it is not there. */
export async function hourFiles(directory: string): Promise<HourFile[]> {
  const names = await orUndefined(readdir(directory));
  const found: HourFile[] = [];
  for (const name of (names ?? []).sort()) {
    const hour = NAME.exec(name)?.[1];
    const path = join(directory, name);
    const stats = hour === undefined ? undefined : await orUndefined(stat(path));
    if (hour !== undefined && stats) found.push({ path, hour, bytes: stats.size });
  }
  return found;
}

/** Lines from one date to another, both included, without their padding, in pieces of whole lines and bounded memory. */
export async function* linesBetween(directory: string, from: string, to: string): AsyncGenerator<Buffer> {
  for (const { path, hour } of await hourFiles(directory)) {
    if (hour < from.slice(0, hour.length) || hour > to.slice(0, hour.length)) continue;
    try {
      yield* linesOf(path, from, to);
    } catch (error) {
      if (!isMissing(error)) throw error; // it grew too old meanwhile
    }
  }
}

async function* linesOf(path: string, from: string, to: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    const data: Buffer = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const lines: string[] = [];
    let start = 0;
    for (let end = data.indexOf(LINE_BREAK); end >= 0; end = data.indexOf(LINE_BREAK, start)) {
      const line = data.toString("latin1", start, Math.min(end, start + LONGEST_UNPADDED));
      start = end + 1;
      const date = line.slice(0, DATE);
      if (date > to) {
        if (lines.length > 0) yield text(lines);
        return;
      }
      if (date >= from) lines.push(unpaddedDriverLine(line));
    }
    rest = data.subarray(start);
    if (lines.length > 0) yield text(lines);
  }
}

/** Date of the oldest reading there is. */
export async function oldestDate(directory: string): Promise<string | undefined> {
  for (const { path } of await hourFiles(directory)) {
    for await (const piece of createReadStream(path, { end: DATE - 1 })) {
      const date = (piece as Buffer).toString("latin1");
      if (date.length === DATE) return date;
    }
  }
  return undefined;
}

/** How much of a file is whole lines, and the date of the last of them. */
export async function wholeLines(path: string): Promise<{ bytes: number; lastDate: string | undefined }> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
    const end = tail.subarray(0, bytesRead).lastIndexOf(LINE_BREAK);
    if (end < 0) return { bytes: 0, lastDate: undefined };
    const start = end === 0 ? 0 : tail.lastIndexOf(LINE_BREAK, end - 1) + 1;
    return {
      bytes: size - tail.length + end + 1,
      lastDate: tail.toString("latin1", start, Math.min(end, start + DATE)),
    };
  } finally {
    await file.close();
  }
}

function text(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\n")}\n`, "latin1");
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether a call failed because there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
