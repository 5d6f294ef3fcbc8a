/** What the lambda pipeline calls its stores; no more than names, for whoever looks into them. */

/** Druid datasource of the speed layer: filled from the topic of enriched events. */
export const SPEED = "events_stages";
/** Druid datasource of the batch layer: whole days from HDFS. */
export const BATCH = "events_batch";
/** Druid datasource of what a reindex finds in the files of a day, before it replaces the day. */
export const FINDINGS = "events_lines";
/** Directory of raw events in HDFS, below it one for each Seoul day. */
export const RAW_EVENTS = "/lambda/events";
/** Directory of lines that are no events, below it directories of the same names. */
export const MALFORMED = "/lambda/malformed";
/** Directory of the rows that notebook 4 makes of a day, below it directories of the same names. */
export const SPARK_BATCH = "/lambda/notebook/events_batch";
