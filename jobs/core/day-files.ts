import { dayAfter } from "./seoul-day";
import type { HdfsFile, WebHdfs } from "./webhdfs";

/** The files of one day's directory that readers may see. */
export interface DayDirectory {
  readonly day: string;
  readonly path: string;
  /** By name. */
  readonly files: readonly HdfsFile[];
  /** Files that are still being written: hidden from readers by their names. */
  readonly inProgress: number;
}

/** Directory of a day's raw events. */
export function directoryOf(root: string, day: string): string {
  return `${root}/dt=${day}`;
}

/** What is to be read for a day: its own directory, and those beside it, where late files may hold events of it. */
export async function dayFiles(
  hdfs: Pick<WebHdfs, "list">,
  root: string,
  day: string,
): Promise<readonly DayDirectory[]> {
  const found: DayDirectory[] = [];
  for (const one of [dayAfter(day, -1), day, dayAfter(day, 1)]) {
    const path = directoryOf(root, one);
    const entries = await hdfs.list(path);
    if (entries === undefined) continue;
    const all = entries.filter(({ directory }) => !directory);
    const files = all.filter(({ name, length }) => isVisible(name) && length > 0);
    files.sort((a, b) => (a.name < b.name ? -1 : 1));
    found.push({ day: one, path, files, inProgress: all.filter(({ name }) => !isVisible(name)).length });
  }
  return found;
}

/** Days that have a directory, in order. */
export async function daysIn(hdfs: Pick<WebHdfs, "list">, root: string): Promise<string[]> {
  const entries = (await hdfs.list(root)) ?? [];
  return entries
    .flatMap(({ name, directory }) => (directory && /^dt=\d{4}-\d\d-\d\d$/.test(name) ? name.slice(3) : []))
    .sort();
}

/** Hadoop's readers, and so Druid's, pass over names that begin with `_` or `.`. */
function isVisible(name: string): boolean {
  return !/^[._]/.test(name);
}
