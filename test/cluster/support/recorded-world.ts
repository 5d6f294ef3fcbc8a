import type { Kafka } from "kafkajs";
import { aggregateNames } from "../../../jobs/core/aggregate-tables";
import { aggregateTable } from "../../../jobs/migrate/migrations/migration";
import { STAGED_EVENTS } from "../../../stacks/enriched-events";
import type { Objects } from "./lab";
import { freshIds } from "./load";
import type { TestMysql } from "./mysql";
import { startOwn } from "./own-job";
import { inOrder, lateAndNew } from "./recorded";

const IN_ORDER = 96_000;
const PER_SECOND = 50;
const SIX_HOURS_MS = 6 * 3_600_000;

/**
 * 100 000 recorded events in topics of their own, which a second enrich and a second aggregate work on, with the stack's own images
 * and configs. In the topic `events` the collector's events would lie between them, and those of the tests before: what is compared
 * would be another set each time, and which events are late would depend on the moment.
 */
export class RecordedWorld {
  private readonly stamp = Date.now().toString(36);
  readonly topics = {
    input: `recorded-${this.stamp}`,
    output: `recorded_stages-${this.stamp}`,
    deadLetter: `recorded-${this.stamp}.dead-letter`,
  };
  readonly groups = { enrich: `enrich-${this.stamp}`, aggregate: `aggregate-${this.stamp}` };
  /** The job's table, and those of notebooks 2 and 3. */
  readonly tables = {
    ours: `recorded_users_${this.stamp}`,
    v1: `notebook_${this.stamp}_v1`,
    v2: `notebook_${this.stamp}_v2`,
    view: `notebook_${this.stamp}`,
  };
  private readonly names = aggregateNames("default", this.tables.ours);
  /** Where late events of the job's table are counted. */
  readonly partials = this.names.partials;
  private readonly begin = Math.floor((Date.now() - SIX_HOURS_MS) / 10_000) * 10_000;
  readonly first = inOrder(IN_ORDER, this.begin, freshIds());
  readonly second = lateAndNew(
    2_000,
    2_000,
    this.begin,
    this.begin + (IN_ORDER / PER_SECOND) * 1000 + 20_000, // when all of the first are over
    freshIds() + 500_000,
  );
  private readonly endings: (() => Promise<unknown>)[] = [];

  constructor(
    private readonly kafka: Kafka,
    private readonly objects: Objects,
  ) {}

  /** Makes topics and tables, and starts the jobs. */
  async start(mysql: TestMysql): Promise<void> {
    const { topics, groups, tables, names, endings, stamp } = this;
    const admin = this.kafka.admin();
    await admin.connect();
    await admin.createTopics({
      topics: STAGED_EVENTS.map(({ partitions, configs = {} }, index) => ({
        topic: Object.values(topics)[index] ?? "",
        numPartitions: partitions,
        replicationFactor: 1,
        configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
      })),
    });
    endings.push(async () => {
      await admin.deleteTopics({ topics: Object.values(topics) });
      await admin.disconnect();
    });
    for (const statement of aggregateTable("default", tables.ours, "user_name", "text")) await mysql.run(statement);
    endings.push(async () => {
      for (const table of [names.table, names.partials, names.positions, names.runs]) {
        await mysql.run(`DROP TABLE ${table}`);
      }
      await mysql.run(`DROP VIEW IF EXISTS ${tables.view}`);
      await mysql.run(`DROP TABLE IF EXISTS ${tables.v1}, ${tables.v2}`);
    });
    endings.push(await startOwn(this.objects, "enrich", `enrich-${stamp}`, { topics, groupId: groups.enrich }));
    endings.push(
      await startOwn(this.objects, "aggregate", `aggregate-${stamp}`, {
        topic: topics.output,
        deadLetter: topics.deadLetter,
        groupId: groups.aggregate,
        tables: [{ table: tables.ours, column: "user_name", field: "user_name" }],
      }),
    );
  }

  /** Takes everything away again, in the other order; tells what could not be. */
  async end(): Promise<void> {
    for (const ending of this.endings.reverse()) await ending().catch((error) => console.error(error));
  }
}
