import { directoryOf } from "../core/day-files";
import type { DruidConfig } from "../core/druid";
import { scanRows } from "../core/druid-scan";
import { intervalOf } from "../core/seoul-day";
import type { WebHdfs } from "../core/webhdfs";

/** Rows Druid holds at a time: a kept line may have 100 000 characters. */
const BATCH_ROWS = 50;
const PIECE_BYTES = 256 * 1024;
/** A half-written file of a run that was killed is nobody's after this. */
const STALE_MS = 3_600_000;
const FILE = "malformed.json";

/** A line that is no event, as it is kept aside. */
export interface MalformedLine {
  /** Where it is from. */
  readonly file: string;
  readonly reason: string;
  readonly line: string;
  /** How many characters the line has, when `line` is only its beginning. */
  readonly characters?: number;
}

/**
 * Keeps the malformed lines of a day's directory aside, one JSON object per line, as often as they were there: written under
 * a hidden name, then moved in the place of the day's former file. A day without any has no file.
 * @returns how many lines
 */
export async function keepAside(
  druid: DruidConfig,
  findings: string,
  hdfs: WebHdfs,
  root: string,
  day: string,
  nonce: string,
): Promise<number> {
  await removeStale(hdfs, root, day);
  const lines = malformedLines(druid, findings, day);
  const first = await lines.next();
  const path = `${directoryOf(root, day)}/${FILE}`;
  if (first.done) {
    await hdfs.delete(path);
    return 0;
  }
  let count = 0;
  const temporary = `${root}/_dt=${day}-${nonce}.json`;
  const counted = async function* () {
    count += 1;
    yield first.value;
    for await (const line of lines) {
      count += 1;
      yield line;
    }
  };
  await hdfs.create(temporary, inPieces(counted()));
  await hdfs.mkdirs(directoryOf(root, day));
  await hdfs.rename(temporary, path);
  return count;
}

async function* malformedLines(druid: DruidConfig, findings: string, day: string): AsyncGenerator<MalformedLine> {
  const pieces = scanRows(druid, {
    datasource: findings,
    interval: intervalOf(day),
    columns: ["file", "finding", "line", "characters", "lines"],
    filter: { type: "not", field: { type: "null", column: "line" } },
    batchRows: BATCH_ROWS,
  });
  for await (const rows of pieces) {
    for (const row of rows) {
      const [file, reason, line, characters, lines] = row as [string, string, string, number, number];
      const one = { file, reason, line, ...(characters > line.length ? { characters } : {}) };
      for (let copy = 0; copy < lines; copy += 1) yield one;
    }
  }
}

/** Lines as bytes, in pieces of some size. */
async function* inPieces(lines: AsyncIterable<MalformedLine>): AsyncGenerator<Buffer> {
  let text = "";
  for await (const line of lines) {
    text += `${JSON.stringify(line)}\n`;
    if (text.length < PIECE_BYTES) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(text);
}

async function removeStale(hdfs: WebHdfs, root: string, day: string): Promise<void> {
  for (const { name, path, modifiedMs } of (await hdfs.list(root)) ?? []) {
    if (name.startsWith(`_dt=${day}-`) && modifiedMs < Date.now() - STALE_MS) await hdfs.delete(path);
  }
}
