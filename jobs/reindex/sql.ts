import { MOST_BYTES, MOST_NESTED } from "../core/batch-limits";
import { type DayDirectory, directoryOf } from "../core/day-files";
import { dayAfter, startOfDay } from "../core/seoul-day";
import type { ReindexSettings } from "./config";
import { CLOCK, INPUT_COLUMNS, inputFormat, inputSource, YEAR } from "./lines";

/** What the statements are made for. */
export interface Statement {
  readonly day: string;
  readonly directories: readonly DayDirectory[];
  /** A word that no line holds; see {@link parsed}. */
  readonly nonce: string;
}

type Tables = Pick<ReindexSettings, "names" | "depts">;

/** A finding that is no reason to set a line aside. */
export const EVENT = "event";
export const OTHER_DAY = "other-day";

/** Characters of a line that is kept aside; the file it is from holds the rest. */
const KEPT_CHARACTERS = 100_000;
const TIME_FORMAT = "yyyy-MM-dd HH:mm:ss";
/** Events have Seoul's offset all year, as enrich reads them; summer time ended in 1988. */
const ZONE = "+09:00";
/** A line whose parts the input has; its finding is known without any parsing. */
const PLAIN = '"plain_time" IS NOT NULL';
/** Ids that Druid looks through for duplicates at once: one at a time costs it twice the work, and all of a second's are too many. */
const IDS_A_BUCKET = 64;

/** Columns of `events_batch`, which are those of `events_stages`, and their types. */
export const EVENT_COLUMNS = {
  __time: "TIMESTAMP",
  user_id: "BIGINT",
  user_name: "VARCHAR",
  dept_name: "VARCHAR",
  gender: "VARCHAR",
  age: "BIGINT",
  hello: "VARCHAR",
  id: "BIGINT",
} as const;

/** Columns of the findings, and their types. */
export const FINDING_COLUMNS = {
  __time: "TIMESTAMP",
  file: "VARCHAR",
  finding: "VARCHAR",
  line: "VARCHAR",
  characters: "BIGINT",
  lines: "BIGINT",
} as const;

/**
 * Replaces the day: one row per id and time, joined with the static tables as enrich joins them. They hold a handful of rows
 * that matter (`id % 10`, `id % 5`), so the join is a CASE. Of events with the same id and time but another `hello` the
 * first by text stays, whatever the order in which they are read.
 */
export function eventsSql(datasource: string, statement: Statement, { names, depts }: Tables): string {
  const who = new Map(names.map(({ uid, name }) => [uid, name]));
  const where = new Map(depts.map(({ did, name }) => [did, name]));
  const id = `CASE WHEN ${PLAIN} THEN "plain_id" ELSE CAST("id_text" AS BIGINT) END`;
  return `${replace(datasource, statement)}
"events" AS (
  SELECT
    TIME_PARSE(CASE WHEN ${PLAIN} THEN "plain_time" ELSE "time_text" END, ${text(TIME_FORMAT)}, ${text(ZONE)}) AS "__time",
    ${id} AS "id",
    MOD(${id}, 10) AS "user_id", -- a column of few values: what is computed from it is computed once for each
    CASE WHEN ${PLAIN} THEN "plain_hello" ELSE "hello" END AS "hello"
  FROM "judged" WHERE ${PLAIN} OR "finding" = ${text(EVENT)}
),
"bucketed" AS (
  SELECT *, "id" / ${IDS_A_BUCKET} AS "bucket" FROM "events"
),
"sorted" AS (
  SELECT *, LAG("id") OVER (PARTITION BY "bucket", "__time" ORDER BY "id", "hello") AS "id_before" FROM "bucketed"
)
SELECT
  "__time",
  "user_id",
  ${chosen('"user_id"', who, "Unknown Name")} AS "user_name",
  ${chosen('MOD("user_id", 5)', where, "Unknown Dept")} AS "dept_name",
  CASE WHEN MOD("user_id", 2) = 0 THEN ${text("남성")} ELSE ${text("여성")} END AS "gender",
  MOD("id", 100) + 1 AS "age",
  "hello",
  "id"
FROM "sorted" WHERE "id_before" IS NULL OR "id_before" <> "id"
PARTITIONED BY HOUR`;
}

/**
 * Replaces the day's findings: for every file how many lines are what, and the text of those lines of the day's own directory
 * that are no events.
 */
export function findingsSql(datasource: string, statement: Statement, root: string): string {
  const own = `LIKE ${text(`%${directoryOf(root, statement.day)}/%`)}`;
  const aside = `"finding" NOT IN (${text(EVENT)}, ${text(OTHER_DAY)}) AND "__file_path" ${own}`;
  return `${replace(datasource, statement)}
"found" AS (
  SELECT
    "__file_path" AS "file",
    "finding",
    CASE WHEN ${aside} THEN LEFT("line", ${KEPT_CHARACTERS}) END AS "line",
    CASE WHEN ${aside} THEN CHAR_LENGTH("line") END AS "characters"
  FROM "judged"
)
SELECT
  ${instant(startOfDay(statement.day))} AS "__time",
  "file",
  "finding",
  "line",
  "characters",
  COUNT(*) AS "lines"
FROM "found"
GROUP BY "file", "finding", "line", "characters"
PARTITIONED BY HOUR`;
}

/** The head of a statement, up to the lines and what each of them is. */
function replace(datasource: string, { day, directories, nonce }: Statement): string {
  const begin = instant(startOfDay(day));
  const end = instant(startOfDay(dayAfter(day, 1)));
  return `REPLACE INTO ${name(datasource)} OVERWRITE WHERE "__time" >= ${begin} AND "__time" < ${end}
WITH "input" AS (
  SELECT * FROM ${input(day, directories)}
),
${parsed(nonce)},
${judged(day)},`;
}

/** The lines; for a day without files a table without rows, so that the day becomes an empty one. */
function input(day: string, directories: readonly DayDirectory[]): string {
  const columns = Object.entries(INPUT_COLUMNS);
  if (directories.every(({ files }) => files.length === 0)) {
    const nulls = columns.map(([column, type]) => `CAST(NULL AS ${type}) AS ${name(column)}`);
    return `(SELECT ${nulls.join(", ")} FROM (VALUES (0)) AS "none" ("n") WHERE "n" > 0)`;
  }
  return `TABLE(EXTERN(
    ${text(JSON.stringify(inputSource(directories)))},
    ${text(JSON.stringify(inputFormat(day)))}
  )) EXTEND (${columns.map(([column, type]) => `${name(column)} ${type}`).join(", ")})`;
}

/**
 * The parts of the lines that are not plain; null where a line is not JSON. Druid's parser reads no further than the first value's
 * end. Behind the line stands a word that it cannot hold, both in an array: where that word is the second element, the line is one
 * whole JSON value.
 */
function parsed(nonce: string): string {
  const shallow = `(CHAR_LENGTH("line") <= ${MOST_NESTED} OR CHAR_LENGTH(${openings('"line"')}) <= ${MOST_NESTED})`;
  const json = `TRY_PARSE_JSON(CASE WHEN ${shallow} THEN '[' || "line" || ${text(`,"${nonce}"]`)} END)`;
  const raw = (field: string) => `TO_JSON_STRING(JSON_QUERY(${json}, '$[0].${field}'))`;
  const value = (field: string) => `JSON_VALUE(${json}, '$[0].${field}' RETURNING VARCHAR)`;
  return `"parsed" AS (
  SELECT
    *,
    JSON_VALUE(${json}, '$[1]') = ${text(nonce)} AS "whole",
    ${raw("id")} AS "id_text",
    ${raw("time")} AS "time_json",
    CASE WHEN ${raw("time")} LIKE '"%' THEN ${value("time")} END AS "time_text",
    CASE
      WHEN ${raw("hello")} = 'null' THEN NULL
      WHEN ${raw("hello")} LIKE '"%' THEN ${value("hello")}
      ELSE ${raw("hello")}
    END AS "hello"
  FROM "input"
)`;
}

/**
 * The brackets of a JSON text that are open, without those of strings and of what is nested three deep at most: at least as
 * many as the text is nested deep.
 */
function openings(json: string): string {
  const without = (of: string, pattern: string) => `REGEXP_REPLACE(${of}, ${text(pattern)}, '')`;
  const unquoted = without(without(json, "\\\\."), '"[^"]*+"');
  const inner = "[\\[{][^\\[\\]{}]*+[\\]}]";
  return without(without(without(without(unquoted, inner), inner), inner), "[^\\[{]+");
}

/** What each line is, by the rules and in the order of enrich. */
function judged(day: string): string {
  const tooLarge = `(CHAR_LENGTH("line") > ${MOST_BYTES / 3} AND CHAR_LENGTH("line") + 2 * CHAR_LENGTH(REGEXP_REPLACE("line", '[ -~]+', '')) > ${MOST_BYTES})`;
  const zoned = `${text(TIME_FORMAT)}, ${text(ZONE)}`;
  const like = (column: string, pattern: string) => `REGEXP_LIKE("${column}", ${text(`^${pattern}\\z`)})`;
  return `"judged" AS (
  SELECT
    *,
    CASE
      WHEN ${PLAIN} THEN ${text(EVENT)} -- nearly all lines; what follows is for the others
      WHEN "other_time" IS NOT NULL THEN ${text(OTHER_DAY)}
      WHEN "line" IS NULL OR "line" = '' THEN 'empty'
      WHEN ${tooLarge} THEN 'too-large'
      WHEN POSITION(U&'\\FFFD' IN "line") > 0 THEN 'invalid-utf-8'
      WHEN "whole" IS NOT TRUE THEN 'not-json'
      WHEN NOT REGEXP_LIKE("line", '^[ \\t\\r]*\\{') THEN 'not-an-object'
      WHEN "id_text" IS NULL OR "id_text" = 'null' THEN 'id-missing'
      WHEN NOT ${like("id_text", "-?(0|[1-9][0-9]*)")} THEN 'id-not-an-integer'
      WHEN CAST(CAST("id_text" AS BIGINT) AS VARCHAR) <> "id_text" THEN 'id-out-of-range'
      WHEN "time_json" IS NULL OR "time_json" = 'null' THEN 'time-missing'
      WHEN ${like("time_text", `${day} ${CLOCK}`)} THEN ${text(EVENT)}
      WHEN ${like("time_text", `${YEAR}-[0-9]{2}-[0-9]{2} ${CLOCK}`)}
        AND TIME_FORMAT(TIME_PARSE("time_text", ${zoned}), ${zoned}) = "time_text" THEN ${text(OTHER_DAY)}
      ELSE 'time-unparsable'
    END AS "finding"
  FROM "parsed"
)`;
}

function chosen(of: string, table: ReadonlyMap<number, string>, otherwise: string): string {
  const cases = [...table].sort(([a], [b]) => a - b).map(([key, value]) => ` WHEN ${key} THEN ${text(value)}`);
  return cases.length === 0 ? text(otherwise) : `CASE ${of}${cases.join("")} ELSE ${text(otherwise)} END`;
}

/** An identifier. */
function name(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** A string literal; anything but ASCII is escaped, so that no character set matters on its way. */
export function text(value: string): string {
  const quoted = value.replaceAll("'", "''");
  const ascii = /^[ -~]*$/.test(value);
  if (ascii) return `'${quoted}'`;
  const escaped = quoted
    .replaceAll("\\", "\\\\")
    .replace(/[^ -~]/g, (unit) => `\\${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `U&'${escaped}'`;
}

function instant(epochMs: number): string {
  return `TIMESTAMP '${new Date(epochMs).toISOString().slice(0, 19).replace("T", " ")}'`;
}
