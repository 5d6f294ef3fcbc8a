import { longField, rawFields, stringField } from "../core/from-json";
import type { Kafka, KafkaAdmin } from "../core/kafka-api";

/** Records looked at from the end of a partition at first; then ten times as many each time, until an event is found. */
const FIRST_WINDOW = 500;

/**
 * The highest id in the topic, or -1 when it has none. Looks back from the end of each partition as far as needed. Values
 * that no collector of this `hello` has written (malformed ones, ids beyond 2^53) do not count.
 */
export async function lastId(
  kafka: Pick<Kafka, "readRange">,
  admin: Pick<KafkaAdmin, "ranges">,
  topic: string,
  hello: string,
): Promise<number> {
  let last = -1;
  for (const { partition, first, end } of await admin.ranges(topic)) {
    let to = end;
    let window = FIRST_WINDOW;
    let found = -1;
    while (to > first && found < 0) {
      const from = Math.max(first, to - window);
      for await (const records of kafka.readRange(topic, partition, from, to)) {
        for (const { value } of records) found = Math.max(found, idOf(value, hello));
      }
      to = from;
      window *= 10;
    }
    last = Math.max(last, found);
  }
  return last;
}

function idOf(value: Buffer | null, hello: string): number {
  const fields = rawFields(value);
  if (typeof fields === "string" || stringField(fields.get("hello")) !== hello) return -1;
  const id = longField(fields.get("id"));
  return typeof id === "bigint" && id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : -1;
}
