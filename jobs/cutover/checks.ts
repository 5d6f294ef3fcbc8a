/** What was found out about v2 before readers may be moved to it. */
export interface Findings {
  /** Name of the latest recovery, if there was one. */
  readonly recovery: string | undefined;
  readonly caughtUp: boolean;
  /** Records of the topic v2 has not counted, per partition that has any. */
  readonly lag: ReadonlyMap<number, number>;
  /** Sum of v1's counts, over the windows the topic still has in full. */
  readonly v1: number;
  /** The same sum of v2. */
  readonly v2: number;
  /** All that v2 has counted, found late and set aside. */
  readonly v2Seen: number;
  /** Records in the topic up to where v2 has counted. */
  readonly inTopic: number;
  /** Whether the log still starts where the recovery started. */
  readonly sameStart: boolean;
}

/** Why readers may not be moved to v2, in one line; undefined when they may. */
export function objection(found: Findings): string | undefined {
  if (found.recovery === undefined) return "no recovery has filled v2: run `lab recover` first";
  if (!found.caughtUp) return `recovery ${found.recovery} has not caught up yet`;
  if (found.lag.size > 0) {
    const parts = [...found.lag].map(([partition, records]) => `${records} in partition ${partition}`);
    return `v2 has not counted everything: ${parts.join(", ")} left; is the recovery still running?`;
  }
  const complete = found.sameStart ? found.v2Seen === found.inTopic : found.v2Seen >= found.inTopic;
  if (!complete) return `v2 has seen ${found.v2Seen} records, the topic has ${found.inTopic}`;
  if (found.v2 < found.v1) {
    return `v2 counts ${found.v2} records, fewer than v1's ${found.v1}: was it recovered with a shorter watermark?`;
  }
  return undefined;
}
