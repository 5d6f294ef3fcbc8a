import type { TopicSpec } from "../core/kafka-api";

/** A topic as it is. */
export interface ExistingTopic {
  readonly partitions: number;
  readonly configs: ReadonlyMap<string, string>;
}

/** A change that makes topics as declared. */
export type TopicChange =
  | { readonly kind: "create"; readonly topic: TopicSpec }
  | { readonly kind: "raise-partitions"; readonly name: string; readonly from: number; readonly to: number }
  | { readonly kind: "change-configs"; readonly name: string; readonly configs: Readonly<Record<string, string>> };

/**
 * What has to be done. Topics that are not declared, and configuration keys that are not, are left alone; nothing is ever
 * deleted.
 * @throws when a topic has more partitions than declared: Kafka cannot lower them, and keys would change partitions
 */
export function planTopics(
  declared: readonly TopicSpec[],
  existing: ReadonlyMap<string, ExistingTopic>,
): readonly TopicChange[] {
  const changes: TopicChange[] = [];
  for (const topic of declared) {
    const { name, partitions, configs } = topic;
    const found = existing.get(name);
    if (!found) {
      changes.push({ kind: "create", topic });
      continue;
    }
    if (found.partitions > partitions) {
      throw new Error(
        `topic ${name} has ${found.partitions} partitions and ${partitions} are declared: partitions cannot be lowered; declare ${found.partitions}, or use another topic`,
      );
    }
    if (found.partitions < partitions) {
      changes.push({ kind: "raise-partitions", name, from: found.partitions, to: partitions });
    }
    const changed = Object.entries(configs).filter(([key, value]) => found.configs.get(key) !== value);
    if (changed.length > 0) changes.push({ kind: "change-configs", name, configs: Object.fromEntries(changed) });
  }
  return changes;
}
