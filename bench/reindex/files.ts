import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { dayAfter } from "../../jobs/core/seoul-day";

/** A day long ago, of which a stack holds nothing else. */
export const DAY = "2020-02-02";
const FILES = 24;
const SECONDS_A_DAY = 86_400;

/** What the files hold; every share of all events. */
const DUPLICATES = 100; // one event of so many is there twice
const MALFORMED = 1_000; // one of so many is followed by a line that is cut off
const LATE = 500; // one of so many is in the next day's directory

/**
 * Writes the day's events as collectors do, an hour a file, and those that were late into the next day's directory,
 * beside events of that day.
 * @returns the files, by the directory of HDFS they belong to
 */
export async function writeFiles(directory: string, events: number): Promise<Map<string, string[]>> {
  const next = dayAfter(DAY, 1);
  const files = new Map<string, string[]>();
  const open = (day: string, name: string) => {
    mkdirSync(join(directory, `dt=${day}`), { recursive: true });
    const path = join(directory, `dt=${day}`, name);
    files.set(day, [...(files.get(day) ?? []), path]);
    return createWriteStream(path);
  };
  const late = open(next, "events.late.json");
  for (let hour = 0; hour < FILES; hour += 1) {
    const file = open(DAY, `events.${hour}.json`);
    const first = Math.ceil((events * hour) / FILES);
    const end = Math.ceil((events * (hour + 1)) / FILES);
    let text = "";
    for (let id = first; id < end; id += 1) {
      const line = eventLine(DAY, id, Math.floor((id * SECONDS_A_DAY) / events));
      if (id % LATE === 0) late.write(`${line}${eventLine(next, id, 3600)}`);
      else text += line;
      if (id % DUPLICATES === 1) text += line;
      if (id % MALFORMED === 2) text += '{"hello":"ssm-seoul","id":\n';
      if (text.length < 1_000_000) continue;
      if (!file.write(text)) await once(file, "drain");
      text = "";
    }
    file.end(text);
    await once(file, "finish");
  }
  late.end();
  await once(late, "finish");
  return files;
}

function eventLine(day: string, id: number, second: number): string {
  const clock = new Date(second * 1000).toISOString().slice(11, 19);
  return `{"hello":"ssm-seoul","id":${id},"time":"${day} ${clock}"}\n`;
}
