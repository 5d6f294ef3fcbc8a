import { type FileHandle, mkdir, open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { formatDriverLine, padDriverLine, parseLogDate } from "../core/driver-log";
import { reading } from "./cars";
import type { DriveConfig } from "./config";
import { hourFileName, hourFiles, wholeLines } from "./hour-files";

/** Bytes made before they are written. */
const CHUNK_BYTES = 256 * 1024;

interface OpenFile {
  readonly path: string;
  readonly file: FileHandle;
}

/** The file that grows: one line a car and second, in the order of time. */
export class DriverLog {
  private open: OpenFile | undefined;

  private constructor(
    private readonly directory: string,
    /** The last second that any line has. */
    private last: number,
  ) {}

  /**
   * Goes on behind the newest line. A line that was cut off, by the end of the process that wrote it, is cut away: nobody has
   * read it, for it has no end.
   */
  static async open(directory: string): Promise<DriverLog> {
    await mkdir(directory, { recursive: true });
    for (const { path, bytes } of (await hourFiles(directory)).reverse()) {
      const whole = await wholeLines(path);
      if (whole.bytes < bytes) await truncate(path, whole.bytes);
      const last = parseLogDate(whole.lastDate ?? "");
      if (last !== undefined) return new DriverLog(directory, last);
    }
    return new DriverLog(directory, 0);
  }

  get lastSecond(): number {
    return this.last;
  }

  /**
   * Writes what all cars have at a second. After a failure the line that it cut off is cut away; the lines before it stay, for
   * somebody may have read them.
   * @returns bytes
   */
  async write(
    second: number,
    { seed, cars, readingBytes }: Pick<DriveConfig, "seed" | "cars" | "readingBytes">,
  ): Promise<number> {
    if (second <= this.last) throw new Error(`second ${second} is not after ${this.last}`);
    const { path, file } = await this.fileOf(second);
    this.last = second;
    let written = 0;
    try {
      for (let car = 0; car < cars; ) {
        let text = "";
        for (; car < cars && text.length < CHUNK_BYTES; car += 1) {
          text += `${padDriverLine(formatDriverLine(reading(seed, car, second)), readingBytes)}\n`;
        }
        await file.appendFile(text, "latin1");
        written += text.length;
      }
    } catch (error) {
      await file.truncate((await wholeLines(path)).bytes);
      throw error;
    }
    return written;
  }

  async close(): Promise<void> {
    await this.open?.file.close();
    this.open = undefined;
  }

  private async fileOf(second: number): Promise<OpenFile> {
    const path = join(this.directory, hourFileName(second));
    if (this.open?.path === path) return this.open;
    await this.close();
    this.open = { path, file: await open(path, "a") };
    return this.open;
  }
}

/** Bytes of a second's lines at most. */
export function bytesPerSecond({ cars, readingBytes }: Pick<DriveConfig, "cars" | "readingBytes">): number {
  const longestLine = 64;
  return cars * (Math.max(readingBytes, longestLine) + 1);
}
