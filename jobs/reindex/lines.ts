import type { DayDirectory } from "../core/day-files";

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
 * Whole lines, and beside them the parts of those that are spelt as collectors spell them, so that only the others have to be
 * parsed as JSON: no escapes, no other order, no spaces. The look-ahead takes the line, the alternatives its parts or none.
 */
export const INPUT_FORMAT = {
  type: "regex",
  pattern: [
    "(?s)(?=(.*))(?:",
    '\\{"hello":"([^\\x00-\\x1f"\\\\\\ufffd]*+)","id":(0|[1-9][0-9]{0,14}),"time":"([0-9: -]{19})"\\}',
    "|.*)",
  ].join(""),
  columns: ["line", "plain_hello", "plain_id", "plain_time"],
  listDelimiter: "\n", // what no line can hold: by default a line with U+0001 would fall apart
};

/** Columns of the input, as SQL types. */
export const INPUT_COLUMNS = [...INPUT_FORMAT.columns, "__file_path"];
