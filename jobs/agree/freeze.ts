import type { KafkaAdmin, OffsetRange } from "../core/kafka-api";
import { rangesOf } from "../core/ranges";
import type { AgreeSettings, Plan } from "./config";
import { sparkTable } from "./spark-table";

/**
 * Freezes what is compared: about so many of the newest records of each topic.
 * @param stamp tells this comparison from all others
 */
export async function freeze(
  { topics, records, day, parts, aggregate }: AgreeSettings,
  admin: Pick<KafkaAdmin, "partitions" | "ranges">,
  stamp: string,
): Promise<Plan> {
  return {
    run: `verify-${stamp.replaceAll("_", "-")}`,
    table: aggregate && parts.includes("aggregate") ? sparkTable(aggregate, stamp) : undefined,
    input: newest(await rangesOf(admin, topics.input), records),
    stages: newest(await rangesOf(admin, topics.output), records),
    spark: (await rangesOf(admin, topics.spark)).map((range) => ({ ...range, first: range.end })),
    day,
  };
}

/** The same share of each partition, so that all of them reach back about as far. Exported for its test. */
export function newest(ranges: readonly OffsetRange[], records: number): OffsetRange[] {
  const all = ranges.reduce((sum, { first, end }) => sum + end - first, 0);
  const share = all <= records ? 1 : records / all;
  return ranges.map(({ partition, first, end }) => ({
    partition,
    first: share === 1 ? first : end - Math.ceil((end - first) * share),
    end,
  }));
}
