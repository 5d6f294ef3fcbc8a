/** Bytes of a line that the batch layer takes: Druid moves rows in frames of 1 000 000, and one that does not fit fails its day. */
export const MOST_BYTES = 900_000;

/** Levels of JSON: Druid's parser calls itself for each; with 512 KiB of stack 500 levels passed, and 900 killed the task. */
export const MOST_NESTED = 200;
