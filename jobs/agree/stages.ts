import type { Kafka, OffsetRange } from "../core/kafka-api";
import { headerNumber, headerText, type KafkaRecord } from "../core/record";
import type { AgreeSettings, Plan } from "./config";
import type { Slots } from "./slots";

/** Who made a record. */
export type Maker = "enrich" | "dead-letter" | "spark";

/** Where the records made of the input lie. */
export interface Places {
  readonly output: readonly OffsetRange[];
  readonly deadLetter: readonly OffsetRange[];
  readonly spark: readonly OffsetRange[];
}

/** Hands over each record that was made of one of the frozen input records, and how many do not say what they were made of. */
export async function readMade(
  kafka: Pick<Kafka, "readRange">,
  { topics }: Pick<AgreeSettings, "topics">,
  { run }: Pick<Plan, "run">,
  places: Places,
  slots: Slots,
  see: (slot: number, maker: Maker, record: KafkaRecord) => void,
): Promise<number> {
  let nameless = 0;
  const scan = async (topic: string, ranges: readonly OffsetRange[], each: (record: KafkaRecord) => void) => {
    for (const { partition, first, end } of ranges) {
      for await (const records of kafka.readRange(topic, partition, first, end)) records.forEach(each);
    }
  };
  const slotOf = ({ headers }: KafkaRecord) =>
    slots.of(headerNumber(headers, "source.partition"), headerNumber(headers, "source.offset"));
  await scan(topics.output, places.output, (record) => {
    const slot = slotOf(record);
    if (slot !== undefined) see(slot, "enrich", record);
  });
  await scan(topics.deadLetter, places.deadLetter, (record) => {
    if (headerText(record.headers, "source.topic") !== topics.input) return;
    const slot = slotOf(record);
    if (slot !== undefined) see(slot, "dead-letter", record);
  });
  await scan(topics.spark, places.spark, (record) => {
    if (headerText(record.headers, "run") !== run) return;
    const { headers } = record;
    const source = headerNumber(headers, "source.partition");
    if (source === undefined || headerNumber(headers, "source.offset") === undefined) nameless += 1;
    const slot = slotOf(record); // none for what came after the range was frozen
    if (slot !== undefined) see(slot, "spark", record);
  });
  return nameless;
}
