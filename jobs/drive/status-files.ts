import { createWriteStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { formatLogDate, parseLogDate } from "../core/driver-log";
import type { ServedStatusFile, StatusFile } from "../core/status-file";
import type { DriveConfig } from "./config";
import { isMissing } from "./hour-files";
import { type StatusInterval, type StatusPlan, statusLine } from "./status-lines";

const LEDGER = "status-files.jsonl";
const OUTGOING = "outgoing";
/** Lines made at a time; then it is the turn of others. */
const CHUNK_LINES = 1000;
/** Entries a ledger keeps when it is opened. */
const KEPT_ENTRIES = 10_000;

type Directories = Pick<DriveConfig["directories"], "statusSpool" | "state">;

/**
 * Status files in the spool directory, and the ledger of them. A file is made elsewhere, noted, and then moved: one that is in
 * the spool directory is complete and in the ledger, and one in the ledger is or was in the spool directory.
 */
export class StatusFiles {
  private constructor(
    private readonly directories: Directories,
    private readonly ledger: StatusFile[],
  ) {}

  /** Reads the ledger, and moves or removes what an earlier process has left on its way. */
  static async open(directories: Directories): Promise<StatusFiles> {
    const outgoing = join(directories.state, OUTGOING);
    await mkdir(outgoing, { recursive: true });
    await mkdir(directories.statusSpool, { recursive: true });
    const entries = await readLedger(join(directories.state, LEDGER));
    const files = new StatusFiles(directories, entries.slice(-KEPT_ENTRIES));
    await files.rewriteLedger(); // without an entry that was cut off, or the next would be part of it
    const noted = new Set(entries.map(({ name }) => name));
    for (const name of await readdir(outgoing)) {
      if (noted.has(name)) await rename(join(outgoing, name), join(directories.statusSpool, name));
      else await rm(join(outgoing, name));
    }
    return files;
  }

  /** End of the newest file's interval, seconds since 1970; 0 before the first. */
  get newestEnd(): number {
    return parseLogDate(this.ledger.at(-1)?.to ?? "") ?? 0;
  }

  /** Makes the file of an interval. */
  async make(plan: StatusPlan, interval: StatusInterval): Promise<StatusFile> {
    const from = formatLogDate(interval.from);
    const name = `car-status-${from}.log`;
    const path = join(this.directories.state, OUTGOING, name);
    const counts = { garbage: 0, bytes: 0 };
    await pipeline(Readable.from(pieces(plan, interval, counts)), createWriteStream(path));
    await flush(path);
    const entry = {
      name,
      day: from.slice(0, 8),
      from,
      to: formatLogDate(interval.to),
      lines: plan.status.lines,
      ...counts,
    };
    const ledger = await open(join(this.directories.state, LEDGER), "a");
    try {
      await ledger.appendFile(`${JSON.stringify(entry)}\n`);
      await ledger.sync();
    } finally {
      await ledger.close();
    }
    this.ledger.push(entry);
    await rename(path, join(this.directories.statusSpool, name));
    return entry;
  }

  /** The ledger, oldest first, and which files the collector has not yet taken. */
  async list(): Promise<ServedStatusFile[]> {
    const waiting = new Set([
      ...(await readdir(join(this.directories.state, OUTGOING))),
      ...(await readdir(this.directories.statusSpool)),
    ]);
    return this.ledger.map((entry) => ({ ...entry, waiting: waiting.has(entry.name) }));
  }

  /** Bytes of what the collector has not yet taken. */
  async waitingBytes(): Promise<number> {
    let bytes = 0;
    for (const name of await readdir(this.directories.statusSpool)) {
      bytes += await stat(join(this.directories.statusSpool, name)).then(
        ({ size }) => size,
        () => 0, // taken meanwhile
      );
    }
    return bytes;
  }

  private async rewriteLedger(): Promise<void> {
    const path = join(this.directories.state, LEDGER);
    const fresh = `${path}.new`;
    const file = await open(fresh, "w");
    try {
      await file.writeFile(this.ledger.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  }
}

async function* pieces(
  plan: StatusPlan,
  interval: StatusInterval,
  counts: { garbage: number; bytes: number },
): AsyncGenerator<Buffer> {
  for (let index = 0; index < plan.status.lines; ) {
    let text = "";
    const end = Math.min(index + CHUNK_LINES, plan.status.lines);
    for (; index < end; index += 1) {
      const line = statusLine(plan, interval, index);
      if (line.garbage) counts.garbage += 1;
      text += `${line.text}\n`;
    }
    counts.bytes += text.length; // all of it is ASCII
    yield Buffer.from(text, "latin1");
    await setImmediate(); // readings are made meanwhile
  }
}

/** A last entry that was cut off is none: its file was not moved either. */
async function readLedger(path: string): Promise<StatusFile[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as StatusFile);
}

async function flush(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
