import { parseLogDate } from "../core/driver-log";
import { linesOf } from "../core/lines";
import type { ServedStatusFile } from "../core/status-file";
import type { WebHdfs } from "../core/webhdfs";

/** What HDFS holds of one status file. */
interface FileLines {
  readonly file: ServedStatusFile;
  readonly from: number;
  readonly to: number;
  /** Which seconds of a car are there: a car has at most one line a second. */
  readonly seen: Map<string, Uint8Array>;
  distinct: number;
  repeats: number;
}

const DATE_LENGTH = 14;
const DIRECTORY = /^wrk_date=(\d{8})$/;
/** A whole file of wrong lines must not fill the memory. */
const SHOWN_WRONG = 1000;

/** Counts, for each status file, the distinct lines of it that HDFS holds. Each file of HDFS is read once. */
export class StatusLines {
  private readonly files: FileLines[];
  private readonly read = new Set<string>();
  /** Lines that are as no line should be, or of no status file. */
  readonly wrong: string[] = [];
  wrongLines = 0;
  /** Files that are still being written. */
  inProgress = 0;

  /** @param files whose lines are looked for */
  constructor(
    private readonly hdfs: Pick<WebHdfs, "list" | "read">,
    private readonly root: string,
    files: readonly ServedStatusFile[],
  ) {
    this.files = files
      .map((file) => ({
        file,
        from: parseLogDate(file.from) ?? 0,
        to: parseLogDate(file.to) ?? 0,
        seen: new Map<string, Uint8Array>(),
        distinct: 0,
        repeats: 0,
      }))
      .sort((a, b) => a.from - b.from);
  }

  /** Reads what has come since the last call, of the days on which lines of the files can have been collected. */
  async readNew(): Promise<void> {
    const [first] = this.files;
    if (!first) return;
    this.inProgress = 0;
    const directories = (await this.hdfs.list(this.root)) ?? [];
    for (const { path, name, directory } of directories) {
      const day = DIRECTORY.exec(name)?.[1];
      if (!directory || day === undefined || day < first.file.from.slice(0, 8)) continue;
      for (const file of (await this.hdfs.list(path)) ?? []) {
        if (file.directory || this.read.has(file.path)) continue;
        if (/^[._]/.test(file.name)) {
          this.inProgress += 1;
          continue;
        }
        this.read.add(file.path);
        for await (const lines of linesOf(this.hdfs.read(file.path))) {
          for (const line of lines) this.take(line.toString("utf8"), day, file.path);
        }
      }
    }
  }

  /** Files of which lines are missing or too many, one line each. */
  differences(): string[] {
    return this.files.flatMap(({ file, distinct }) => {
      const expected = file.lines - file.garbage;
      if (distinct === expected) return [];
      const why = file.waiting ? "; it is still in the spool directory" : "";
      return [
        `${file.name}: ${file.lines} lines, ${file.garbage} of them garbage, in HDFS ${distinct}, not ${expected}${why}`,
      ];
    });
  }

  /** How many files there are, and how many are in HDFS line for line. */
  get counts(): { readonly files: number; readonly whole: number } {
    return { files: this.files.length, whole: this.files.length - this.differences().length };
  }

  /** Lines that should be there, lines that are, each once, and how often lines are there again. */
  get lines(): { readonly expected: number; readonly found: number; readonly repeats: number } {
    return this.files.reduce(
      (total, { file, distinct, repeats }) => ({
        expected: total.expected + file.lines - file.garbage,
        found: total.found + distinct,
        repeats: total.repeats + repeats,
      }),
      { expected: 0, found: 0, repeats: 0 },
    );
  }

  private take(line: string, day: string, path: string): void {
    const second = parseLogDate(line.slice(0, DATE_LENGTH));
    const of = second === undefined ? undefined : this.fileOf(second);
    if (second === undefined) this.note(`${path}: a line that begins with no date: ${line.slice(0, 60)}`);
    else if (of && !line.endsWith(`,${day}`)) this.note(`${path}: a line without the day it came: ${line.slice(-40)}`);
    else if (of) this.mark(of, second, line);
  }

  private mark(of: FileLines, second: number, line: string): void {
    const car = line.slice(DATE_LENGTH + 1, line.indexOf(",", DATE_LENGTH + 1));
    let seen = of.seen.get(car);
    if (!seen) {
      seen = new Uint8Array(Math.ceil((of.to - of.from) / 8));
      of.seen.set(car, seen);
    }
    const at = second - of.from;
    const bit = 1 << (at & 7);
    const before = seen[at >> 3] ?? 0;
    if (before & bit) of.repeats += 1;
    else of.distinct += 1;
    seen[at >> 3] = before | bit;
  }

  /** The file a second's lines are in: they follow each other, without overlapping. */
  private fileOf(second: number): FileLines | undefined {
    let low = 0;
    let high = this.files.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.files[middle]?.to ?? 0) <= second) low = middle + 1;
      else high = middle;
    }
    const found = this.files[low];
    return found && found.from <= second ? found : undefined;
  }

  private note(what: string): void {
    this.wrongLines += 1;
    if (this.wrong.length < SHOWN_WRONG) this.wrong.push(what);
  }
}
