import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
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
/** Read at a time where lines are wanted. */
const PIECE_BYTES = 256 * 1024;
/** Read at a time where the end of a line is looked for. */
const PROBE_BYTES = 8 * 1024;
/** So near to the first line wanted, reading on is cheaper than looking. */
const NEAR_BYTES = 64 * 1024;

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
  const file = await open(path, "r");
  try {
    yield* linesFrom(file, await startOf(file, from), from, to);
  } finally {
    await file.close();
  }
}

/** @param first where a line begins before which none is wanted */
async function* linesFrom(file: FileHandle, first: number, from: string, to: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for (let position = first; ; ) {
    const piece = await readAt(file, position, PIECE_BYTES);
    if (piece.length === 0) return;
    position += piece.length;
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

/**
 * Where a line begins before which all are older than a date, and near which the first begins that is not. Found by bisection, for
 * lines are in the order of their dates, an hour of them may be gigabytes, and those who check ask for a minute at a time.
 */
async function startOf(file: FileHandle, from: string): Promise<number> {
  let low = 0; // a line begins here, and all before it are older
  let high = (await file.stat()).size; // none that begins here or behind is older
  while (high - low > NEAR_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const line = await lineAt(file, middle, high);
    if (line !== undefined && line.date < from) low = line.start;
    else high = middle;
  }
  return low;
}

/** The first line that begins at a position or behind it, but before `end`. */
async function lineAt(
  file: FileHandle,
  position: number,
  end: number,
): Promise<{ start: number; date: string } | undefined> {
  for (let at = position - 1; at < end - 1; ) {
    const block = await readAt(file, at, Math.min(PROBE_BYTES, end - 1 - at));
    if (block.length === 0) return undefined;
    const lineBreak = block.indexOf(LINE_BREAK);
    at += lineBreak < 0 ? block.length : lineBreak + 1;
    if (lineBreak < 0) continue;
    const date = (await readAt(file, at, DATE)).toString("latin1");
    return date.length === DATE ? { start: at, date } : undefined; // one that was cut off so early is the last
  }
  return undefined;
}

/** Fewer bytes than asked for, or none, where the file ends. */
async function readAt(file: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, position);
  return buffer.subarray(0, bytesRead);
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
