import type { Kafka, KafkaAdmin, OffsetRange } from "../core/kafka-api";
import { rangesOf, workedOff } from "../core/ranges";
import { headerText, type KafkaRecord } from "../core/record";
import type { Report } from "../core/report";
import { until } from "../core/until";
import type { AgreeSettings, Plan } from "./config";
import { digestOf, Made, Slots } from "./slots";
import { mayBeSetAside, type SparkRecord, sparkRecord, type Tables } from "./spark-record";
import { type Places, readMade } from "./stages";

/** What the comparison of records needs of the world. */
export interface EnrichDeps {
  readonly kafka: Pick<Kafka, "readRange">;
  readonly admin: Pick<KafkaAdmin, "partitions" | "ranges" | "committed" | "topicConfigs">;
  readonly say: (line: string) => void;
}

/** Kafka's default of `max.message.bytes`. */
const DEFAULT_LARGEST = 1_048_588;
/** Most characters of a value in a line for people. */
const SHOWN_CHARACTERS = 300;

/** A record on which the two sides do not agree. */
interface Difference {
  readonly where: string;
  readonly slot: number;
  readonly what: string;
  /** What Spark writes by docs/kappa-records.md. */
  readonly documented: SparkRecord;
}

/**
 * Compares, for each record of frozen ranges of the raw topic, what enrich and notebook 1 made of it. They agree when key and
 * value are equal byte for byte, or when enrich has set the record aside for a reason that docs/kappa-records.md lists, rightly,
 * and Spark wrote exactly what it says there.
 * @throws when Spark's records are no longer there
 */
export async function compareEnrich(config: AgreeSettings, plan: Plan, deps: EnrichDeps): Promise<Report> {
  const { kafka, admin, say } = deps;
  const { topics } = config;
  const notes: string[] = [];
  const kept = keptOf(plan.input, await rangesOf(admin, topics.input));
  if (kept.trimmed > 0) notes.push(`${topics.input}: retention has removed ${kept.trimmed} offsets since Spark began`);

  say("waiting until enrich has worked off what is compared");
  await until(config.waitSeconds, `enrich has not worked off ${topics.input}`, () =>
    workedOff(deps, config.enrichGroupId, topics.input, kept.ranges),
  );
  const written = await rangesOf(admin, topics.spark);
  const removed = written.filter(({ partition, first }) => first > begin(plan, partition, first));
  if (removed.length > 0) {
    const where = removed.map(({ partition }) => partition).join(", ");
    throw new Error(
      `${topics.spark}: retention has removed what Spark has just written (partitions ${where}); compare fewer records`,
    );
  }
  say("reading what enrich and Spark have written");
  const places: Places = {
    output: await rangesOf(admin, topics.output),
    deadLetter: await rangesOf(admin, topics.deadLetter),
    spark: written.map((range) => ({ ...range, first: begin(plan, range.partition, range.first) })),
  };
  const slots = new Slots(kept.ranges);
  const found = new Found(slots);
  const nameless = await readMade(kafka, config, plan, places, slots, (slot, maker, record) => {
    if (maker === "enrich") found.ours.add(slot, record.key, record.value);
    else if (maker === "spark") found.spark.add(slot, record.key, record.value);
    else found.setAside(slot, headerText(record.headers, "reason") ?? "none");
  });

  say(`reading ${topics.input}`);
  const judge = new Judge(config, found, await largestOf(admin, topics.output));
  for (const { partition, first, end } of kept.ranges) {
    for await (const records of kafka.readRange(topics.input, partition, first, end)) {
      for (const record of records) judge.take(record, slots.of(partition, record.offset) ?? 0);
    }
  }
  const shown = await shownTexts(kafka, config, plan, places, kept.ranges, judge.differences);
  const { total, equal, documented, repeated } = judge;
  const aside = [...documented.values()].reduce((sum, count) => sum + count, 0);
  if (aside > 0) {
    const reasons = [...documented].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => `${reason} ${count}`);
    notes.push(
      `${aside} records are dead letters of which Spark has the rows of docs/kappa-records.md: ${reasons.join(", ")}`,
    );
  }
  if (repeated > 0)
    notes.push(`Spark wrote ${repeated} records more than once, the same each time: it is at least once`);
  const more = judge.differing - judge.differences.length;
  return {
    checks: [
      { name: `${topics.input}: records on which enrich and Spark agree`, expected: total, actual: equal + aside },
      { name: `${topics.spark}: records that do not say what they were made of`, expected: 0, actual: nameless },
    ],
    differences: [...shown, ...(more > 0 ? [`${topics.input}: ${more} further records`] : [])],
    notes,
  };
}

/** Where the records that Spark writes for a plan begin; in a partition that the plan does not know, at its beginning. */
function begin(plan: Plan, partition: number, otherwise: number): number {
  return plan.spark.find((range) => range.partition === partition)?.first ?? otherwise;
}

/** What both sides have written, by slot. */
class Found {
  readonly ours: Made;
  readonly spark: Made;
  /** Numbers of reasons, from 1 on. */
  private readonly reasonOf: Uint8Array;
  private readonly reasons: string[] = [];
  /** Slots that are dead letters more than once. */
  readonly twiceAside = new Set<number>();

  constructor(slots: Slots) {
    this.ours = new Made(slots);
    this.spark = new Made(slots);
    this.reasonOf = new Uint8Array(slots.size);
  }

  setAside(slot: number, reason: string): void {
    if ((this.reasonOf[slot] ?? 0) > 0) this.twiceAside.add(slot);
    let at = this.reasons.indexOf(reason);
    // One byte each: there are a dozen, and what is no reason need not be told from another.
    if (at < 0) at = this.reasons.length < 250 ? this.reasons.push(reason) - 1 : 0;
    this.reasonOf[slot] = at + 1;
  }

  reason(slot: number): string | undefined {
    return this.reasons[(this.reasonOf[slot] ?? 0) - 1];
  }
}

class Judge {
  total = 0;
  equal = 0;
  /** Spark wrote these more than once. */
  repeated = 0;
  differing = 0;
  /** Dead letters on which both agree, by reason. */
  readonly documented = new Map<string, number>();
  /** The first ones. */
  readonly differences: Difference[] = [];
  private readonly tables: Tables;

  constructor(
    private readonly config: AgreeSettings,
    private readonly found: Found,
    private readonly largest: number,
  ) {
    this.tables = {
      names: new Map(config.names.map(({ uid, name }) => [uid, name])),
      depts: new Map(config.depts.map(({ did, name }) => [did, name])),
    };
  }

  take(record: KafkaRecord, slot: number): void {
    const { ours, spark } = this.found;
    this.total += 1;
    if (spark.count(slot) > 1) this.repeated += 1;
    const reason = this.found.reason(slot);
    const plain = ours.count(slot) === 1 && reason === undefined && spark.count(slot) > 0 && spark.alike(slot);
    if (plain && ours.same(slot, spark)) {
      this.equal += 1;
      return;
    }
    const documented = sparkRecord(record.value, this.tables);
    const what = this.wrong(record, slot, reason, documented);
    if (what === undefined) {
      this.documented.set(reason ?? "", (this.documented.get(reason ?? "") ?? 0) + 1);
      return;
    }
    this.differing += 1;
    if (this.differences.length >= this.config.differences) return;
    const where = `${record.topic} ${record.partition}/${record.offset}`;
    this.differences.push({ where, slot, what, documented });
  }

  /** What is wrong with a record that the two sides do not have alike; undefined when that is by decision. */
  private wrong(
    record: KafkaRecord,
    slot: number,
    reason: string | undefined,
    documented: SparkRecord,
  ): string | undefined {
    const { ours, spark, twiceAside } = this.found;
    const { topics } = this.config;
    const count = ours.count(slot);
    if (count === 0 && reason === undefined) return `neither in ${topics.output} nor a dead letter`;
    if (count > 0 && reason !== undefined) return `in ${topics.output} and a dead letter`;
    if (count > 1) return `${count} times in ${topics.output}`;
    if (twiceAside.has(slot)) return `more than once in ${topics.deadLetter}`;
    if (spark.count(slot) === 0) return "Spark has written nothing";
    if (!spark.alike(slot)) return "Spark has written records that are not the same";
    if (reason === undefined) return "key or value are not equal";
    if (!mayBeSetAside(reason, record.value, documented, this.largest)) {
      return `a dead letter for the reason ${reason}, which it does not give`;
    }
    return spark.is(slot, digestOf(documented.key, documented.value))
      ? undefined
      : `a dead letter (${reason}) of which Spark has not the row that docs/kappa-records.md says`;
  }
}

/** The ranges as far as the broker still has them. */
function keptOf(frozen: readonly OffsetRange[], now: readonly OffsetRange[]) {
  let trimmed = 0;
  const ranges = frozen.map((range) => {
    const first = Math.max(range.first, now.find(({ partition }) => partition === range.partition)?.first ?? 0);
    trimmed += Math.min(first, range.end) - range.first;
    return { ...range, first: Math.min(first, range.end) };
  });
  return { ranges, trimmed };
}

async function largestOf(admin: Pick<KafkaAdmin, "topicConfigs">, topic: string): Promise<number> {
  const value = Number((await admin.topicConfigs(topic)).get("max.message.bytes"));
  return Number.isFinite(value) && value > 0 ? value : DEFAULT_LARGEST;
}

/** The differences with what either side has written, which is read once more for them. */
async function shownTexts(
  kafka: Pick<Kafka, "readRange">,
  config: AgreeSettings,
  plan: Plan,
  places: Places,
  ranges: readonly OffsetRange[],
  differences: readonly Difference[],
): Promise<string[]> {
  if (differences.length === 0) return [];
  const texts = new Map(differences.map(({ slot }) => [slot, { ours: "nothing", spark: "nothing" }]));
  await readMade(kafka, config, plan, places, new Slots(ranges), (slot, maker, record) => {
    const text = texts.get(slot);
    if (!text) return;
    const shown = shownRecord(record.key, record.value);
    if (maker === "spark") text.spark = shown;
    else text.ours = maker === "enrich" ? shown : `dead letter ${headerText(record.headers, "reason")} of ${shown}`;
  });
  return differences.map(({ where, slot, what, documented }) => {
    const { ours, spark } = texts.get(slot) ?? { ours: "nothing", spark: "nothing" };
    const expected = ours.startsWith("dead letter")
      ? `; documented: ${shownRecord(documented.key, documented.value)}`
      : "";
    return `${where}: ${what}. enrich: ${ours}; Spark: ${spark}${expected}`;
  });
}

function shownRecord(key: Buffer | null, value: Buffer | null): string {
  const text = value === null ? "null" : JSON.stringify(value.toString("utf8").slice(0, SHOWN_CHARACTERS));
  const more = value !== null && value.length > SHOWN_CHARACTERS ? ` … (${value.length} bytes)` : "";
  return `key ${key === null ? "null" : JSON.stringify(key.toString("utf8"))} value ${text}${more}`;
}
