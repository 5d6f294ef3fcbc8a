import { dayFiles } from "../core/day-files";
import type { Druid, DruidConfig } from "../core/druid";
import { sqlOrNothing } from "../core/druid-rows";
import { scanRows } from "../core/druid-scan";
import { longField, rawFields, stringField } from "../core/from-json";
import { linesOf } from "../core/lines";
import type { Report } from "../core/report";
import { instantsOf, intervalOf, seoulDay } from "../core/seoul-day";
import { formatSeoulTime } from "../core/seoul-time";
import type { WebHdfs } from "../core/webhdfs";
import type { AgreeSettings } from "./config";
import { RowSet } from "./row-set";

/** What the comparison of a day needs of the world. */
export interface BatchDeps {
  readonly druid: Pick<Druid, "sql">;
  readonly hdfs: Pick<WebHdfs, "list" | "read">;
  readonly say: (line: string) => void;
}

type BatchSettings = NonNullable<AgreeSettings["batch"]>;

/** A row's columns, in the order of the datasource but for the time; the id is text, for it may be beyond 2^53. */
type Row = readonly [time: string, ...columns: unknown[]];

const COLUMNS = ["user_id", "user_name", "dept_name", "gender", "age", "hello"] as const;
const SHOWN_CHARACTERS = 300;

/** The newest day that has ended and of which the reindex has rows; undefined when there is none. */
export async function newestDay(
  { datasource }: BatchSettings,
  druid: Pick<Druid, "sql">,
  nowMs: number,
): Promise<string | undefined> {
  const rows = await sqlOrNothing<{ day: string }>(
    druid,
    datasource,
    `SELECT DISTINCT TIME_FORMAT("__time", 'yyyy-MM-dd', '+09:00') AS "day" FROM "${datasource}"`,
    [],
  );
  const ended = rows.map(({ day }) => day).filter((day) => day < seoulDay(nowMs));
  return ended.sort().at(-1);
}

/** Compares the rows that notebook 4 wrote of a day with those that the reindex put into Druid: each must be in both, as often. */
export async function compareBatch(
  settings: BatchSettings,
  day: string,
  differences: number,
  deps: BatchDeps,
): Promise<Report> {
  const { druid: address, datasource, rows: directory, events } = settings;
  const { hdfs, druid, say } = deps;
  const read = {
    spark: () => sparkRows(hdfs, directory, day),
    druid: () => druidRows(address, datasource, day),
  };
  const rows = new RowSet();
  say(`${day}: reading ${directory}`);
  for await (const row of read.spark()) rows.add(JSON.stringify(row), "spark");
  say(`${day}: reading ${datasource}`);
  for await (const row of read.druid()) rows.add(JSON.stringify(row), "druid");

  const { spark, druid: inDruid, both } = rows.counts();
  const shown: string[] = [];
  if (spark !== both || inDruid !== both) {
    for (const side of ["spark", "druid"] as const) {
      const named = new Set<string>();
      for await (const row of read[side]()) {
        if (named.size >= differences) break;
        const text = JSON.stringify(row);
        const { spark: left, druid: right } = rows.of(text);
        if (left === right || named.has(text) || (side === "druid" && left > 0)) continue;
        named.add(text);
        shown.push(`${day} ${left} times in notebook 4, ${right} in ${datasource}: ${text.slice(0, SHOWN_CHARACTERS)}`);
      }
    }
  }
  const stale = await staleNote(hdfs, druid, events, datasource, day);
  return {
    checks: [
      { name: `${day} ${datasource}: rows of notebook 4`, expected: spark, actual: inDruid },
      { name: `${day} ${datasource}: rows that both have`, expected: spark, actual: both },
    ],
    differences: shown,
    notes: stale === undefined ? [] : [`${day}: ${stale}`],
  };
}

/** Rows as the notebook wrote them: JSON lines without null columns. */
async function* sparkRows(hdfs: BatchDeps["hdfs"], root: string, day: string): AsyncGenerator<Row> {
  const directory = (await dayFiles(hdfs, root, day)).find((one) => one.day === day);
  for (const { path } of directory?.files ?? []) {
    for await (const lines of linesOf(hdfs.read(path))) for (const line of lines) yield sparkRow(line, path);
  }
}

function sparkRow(line: Buffer, path: string): Row {
  const fields = rawFields(line);
  if (typeof fields === "string") return [`${path}: a line that is no row`, fields, line.toString("utf8")];
  const known = new Set<string>(["time", "id", ...COLUMNS]);
  const id = longField(fields.get("id"));
  const others = [...fields.keys()].filter((name) => !known.has(name)).sort();
  return [
    stringField(fields.get("time")) ?? "",
    ...COLUMNS.map((name) => JSON.parse(fields.get(name) ?? "null")),
    String(id),
    ...others, // a column too many is a difference
  ];
}

async function* druidRows(address: DruidConfig, datasource: string, day: string): AsyncGenerator<Row> {
  const pieces = scanRows(address, {
    datasource,
    interval: intervalOf(day),
    columns: ["__time", ...COLUMNS],
    texts: { id_text: "cast(\"id\", 'STRING')" },
  });
  for await (const piece of pieces) {
    for (const [time, ...columns] of piece) {
      const ms = Number(time);
      // A fraction of a second is none of an event's: it must not be cut away unseen.
      const text = ms % 1000 === 0 ? formatSeoulTime(ms / 1000) : String(time);
      yield [text, ...columns];
    }
  }
}

/** Why the two may have read different files, if they have. */
async function staleNote(
  hdfs: BatchDeps["hdfs"],
  druid: BatchDeps["druid"],
  root: string,
  datasource: string,
  day: string,
): Promise<string | undefined> {
  const [row] = await druid.sql<{ version: string | null }>(
    // Sorted, because Druid's own tables know no MAX of a text.
    `SELECT "version" FROM sys.segments
     WHERE datasource = ? AND "start" < ? AND "end" > ? AND is_active = 1 ORDER BY "version" DESC LIMIT 1`,
    [datasource, instantsOf(day).to, instantsOf(day).from].map((value) => ({ type: "VARCHAR", value })),
  );
  const reindexed = Date.parse(row?.version ?? "");
  if (Number.isNaN(reindexed)) return `the day was never reindexed: lab reindex ${day}`;
  const files = (await dayFiles(hdfs, root, day)).flatMap((directory) => directory.files);
  const newest = Math.max(0, ...files.map(({ modifiedMs }) => modifiedMs));
  return newest > reindexed ? `files have come since the day was reindexed: lab reindex ${day}` : undefined;
}
