import { MOST_BYTES, MOST_NESTED } from "../core/batch-limits";

const REPLACEMENT = Buffer.from("\ufffd");
const [SQUARE, CURLY] = [0x5b, 0x7b];

/**
 * Whether the reindex keeps a line aside that enrich makes a row of: it is too large for the batch layer, nested too deep, or
 * holds U+FFFD as a character. docs/lambda.md has the reasons. A line of few bytes, as nearly all are, costs one look for U+FFFD.
 * @param line valid UTF-8, as all events are
 */
export function isKeptAside(line: Buffer): boolean {
  return line.includes(REPLACEMENT) || isTooLarge(line) || isTooDeep(line);
}

/** By the characters' size in a frame of Druid's: three bytes for what is no printable ASCII. */
function isTooLarge(line: Buffer): boolean {
  if (line.length <= MOST_BYTES / 3) return false;
  const text = line.toString();
  const wide = text.replace(/[ -~]+/g, "").length;
  return text.length + 2 * wide > MOST_BYTES;
}

/** By the brackets that remain without strings and without what is nested three deep. */
function isTooDeep(line: Buffer): boolean {
  if (line.length <= MOST_NESTED || bracketsOf(line) <= MOST_NESTED) return false;
  let text = line
    .toString()
    .replace(/\\./g, "")
    .replace(/"[^"]*"/g, "");
  for (let level = 0; level < 3; level += 1) text = text.replace(/[[{][^[\]{}]*[\]}]/g, "");
  return text.replace(/[^[{]+/g, "").length > MOST_NESTED;
}

function bracketsOf(line: Buffer): number {
  let count = 0;
  for (const byte of line) if (byte === SQUARE || byte === CURLY) count += 1;
  return count;
}
