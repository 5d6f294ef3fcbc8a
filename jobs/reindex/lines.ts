import type { DayDirectory } from "../core/day-files";
import { dayAfter } from "../core/seoul-day";

/** Names that mean themselves in a pattern of Hadoop's. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._=+~@%-]*$/;
/** Names in one pattern: Hadoop lists the directory once for each. */
const NAMES_A_PATTERN = 1_000;

/**
 * The files as Druid's HDFS input source takes them. One path per file would cost Hadoop's FileInputFormat a call per file
 * and a growing string that it copies for each; so the names of a directory are alternatives of one pattern.
 */
export function pathsOf(directories: readonly DayDirectory[]): string[] {
  return directories.flatMap(({ path, files }) => {
    for (const { name } of files) {
      if (!PLAIN_NAME.test(name)) throw new Error(`${path}/${name}: a file name that Druid could not be given`);
    }
    const patterns: string[] = [];
    for (let at = 0; at < files.length; at += NAMES_A_PATTERN) {
      const names = files.slice(at, at + NAMES_A_PATTERN).map(({ name }) => name);
      patterns.push(`${path}/${names.length === 1 ? names[0] : `{${names.join(",")}}`}`);
    }
    return patterns;
  });
}

/** Where the lines are read from. There must be files: Druid takes no input without any. */
export function inputSource(directories: readonly DayDirectory[]): object {
  return { type: "hdfs", paths: pathsOf(directories), systemFields: ["__file_path"] };
}

/**
 * Columns of the input, as SQL types. Most lines are spelt as collectors spell them: no escapes, no other order, no spaces. Of
 * those there are the parts, and when they are events of the day, or of another one, need not be worked out: nearly all of the
 * work of a reindex is done here, by one pattern. `line` is there of the others alone, and has to be parsed as JSON.
 */
export const INPUT_COLUMNS = {
  plain_hello: "VARCHAR",
  plain_id: "BIGINT",
  /** Of a plain event of the day; null for any other line. */
  plain_time: "VARCHAR",
  /** Of a plain event that is certainly of another day. */
  other_time: "VARCHAR",
  line: "VARCHAR",
  __file_path: "VARCHAR",
} as const;

/** Beyond it, a line may be too large: that is for the statement to find out. */
const LONGEST_PLAIN_HELLO = 299_900;
/** Clock time of a day. */
export const CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]";
/** Years there are. */
export const YEAR = "(?!0000)[0-9]{4}";

/** Druid's format of text that a pattern takes apart: one column for each group. */
interface RegexFormat {
  readonly type: "regex";
  readonly pattern: string;
  readonly columns: readonly string[];
  readonly listDelimiter: string;
}

/** How lines are read for a day. */
export function inputFormat(day: string): RegexFormat {
  const hello = `[^\\x00-\\x1f"\\\\\\ufffd]{0,${LONGEST_PLAIN_HELLO}}+`;
  const id = "0|[1-9][0-9]{0,14}";
  // The directories beside the day's are full of lines of their own days; of others it is enough to know those that every month has.
  const everyMonth = `${YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])`;
  const others = `(?:${dayAfter(day, -1)}|${dayAfter(day, 1)}|${everyMonth})`;
  const time = `(?:(${day} ${CLOCK})|(${others} ${CLOCK}))`;
  const { __file_path: _systemField, ...columns } = INPUT_COLUMNS;
  return {
    type: "regex",
    pattern: `(?s)(?:\\{"hello":"(${hello})","id":(${id}),"time":"${time}"\\}|(.*))`,
    columns: Object.keys(columns),
    listDelimiter: "\n", // what no line can hold: by default a line with U+0001 would fall apart
  };
}
