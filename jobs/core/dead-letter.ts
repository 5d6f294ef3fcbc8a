import type { KafkaRecord, OutRecord } from "./record";

/** Bytes a record costs in a batch beside its key, value and headers. */
const RECORD_OVERHEAD = 128;

/**
 * The record for the dead-letter topic: the original key and value bytes, and headers that say where it came from, why it
 * is there and which job put it there. A value that would not fit the topic is cut, and the header `truncated` then holds
 * its original length in bytes.
 * @param reason kebab-case, e.g. `not-json`
 * @param maxBytes the dead-letter topic's `max.message.bytes` @default unlimited
 */
export function deadLetter(
  record: KafkaRecord,
  reason: string,
  job: string,
  maxBytes = Number.POSITIVE_INFINITY,
): OutRecord {
  const headers: [string, string][] = [
    ["source.topic", record.topic],
    ["source.partition", String(record.partition)],
    ["source.offset", String(record.offset)],
    ["source.timestamp", String(record.timestamp)],
    ["reason", reason],
    ["job", job],
  ];
  const headerBytes = headers.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value) + 8, 0);
  const room = maxBytes - headerBytes - RECORD_OVERHEAD - (record.key?.length ?? 0);
  const value = record.value;
  if (value === null || value.length <= room) return { key: record.key, value, headers };
  headers.push(["truncated", String(value.length)]);
  return { key: record.key, value: value.subarray(0, Math.max(0, room - 32)), headers };
}
