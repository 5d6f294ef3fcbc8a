import { JOB_HTTP_PORT } from "../components/core/job-pod";
import { secretPath } from "../components/core/password";
import { MySql } from "../components/mysql/mysql";
import { JobTemplate } from "../components/one-shot-job";
import { StreamJob } from "../components/stream-job";
import type { AggregateConfig } from "../jobs/aggregate/config";
import type { CutoverConfig } from "../jobs/cutover/config";
import type { VerifyConfig } from "../jobs/verify/config";
import { DEAD_LETTER, ENRICH_GROUP, EVENTS, enrichedEvents, STAGED_EVENTS, STAGES } from "./enriched-events";
import type { Pipeline, Platform } from "./platform";
import type { Settings } from "./settings";
import { DATABASE } from "./shared-jobs";
import { DEPTS, NAMES } from "./static-tables";

/** Tables the pipeline fills, by what they count. */
const TABLES = [
  { table: "events_users_v1", column: "user_name", field: "user_name" },
  { table: "events_ages", column: "age", field: "age", type: "integer" },
  { table: "events_depts", column: "dept_name", field: "dept_name" },
] as const;

/** The one table a recovery fills. */
const RECOVERY_TABLE = { table: "events_users_v2", column: "user_name", field: "user_name" } as const;

/** A recovery goes on with new records until readers no longer need it. */
const LASTING = { timeoutSeconds: 30 * 86_400, retries: 20 };

/** The kappa pipeline: collector → `events` → enrich → `events_stages` → aggregate → MySQL → phpMyAdmin. */
export const kappa: Pipeline = {
  topics: STAGED_EVENTS,
  deploy,
};

function deploy(platform: Platform, { kappa: settings, events }: Settings): void {
  const { images, place, size, options, topics, schema } = platform;
  const kafka = { brokers: [platform.kafka.bootstrapServers] };
  const http = { port: JOB_HTTP_PORT };
  const mysql = {
    ...platform.mysql.address,
    user: "scott",
    database: DATABASE,
    passwordFile: secretPath("mysql", MySql.scott.file),
  };
  const window = { sizeSeconds: settings.windowSeconds, watermarkSeconds: settings.watermarkSeconds };
  const stages = { kafka, http, mysql, topic: STAGES, deadLetter: DEAD_LETTER };
  const secrets = { group: "mysql", files: [MySql.scott] };
  const toBoth = { place, secrets, calls: [platform.kafka.endpoint, platform.mysql.endpoint] };
  const afterBoth = { ...options, dependsOn: [topics, schema] };

  enrichedEvents(platform, events);
  platform.add(
    new StreamJob<AggregateConfig>(
      "aggregate",
      {
        ...toBoth,
        ...size.jobs.aggregate,
        image: images.reference("aggregate"),
        spread: size.spread,
        config: { ...stages, groupId: "aggregate", window, tables: [...TABLES], mode: { kind: "follow" } },
      },
      afterBoth,
    ),
  );
  platform.add(
    new JobTemplate<AggregateConfig>(
      "recover",
      {
        place,
        ...size.jobs.aggregate,
        calls: [platform.kafka.endpoint, platform.mysql.endpoint],
        image: images.reference("aggregate"),
        secrets: { group: "mysql", files: [MySql.recover] },
        ...LASTING,
        config: {
          ...stages,
          mysql: { ...mysql, user: "recover", passwordFile: secretPath("mysql", MySql.recover.file) },
          groupId: "recover",
          window: { ...window, watermarkSeconds: settings.recoveryWatermarkSeconds },
          tables: [RECOVERY_TABLE],
          mode: { kind: "recover", leastWatermarkSeconds: settings.watermarkSeconds },
        },
      },
      afterBoth,
    ),
  );
  platform.add(
    new JobTemplate<CutoverConfig>(
      "cutover",
      {
        ...toBoth,
        ...size.tool,
        image: images.reference("cutover"),
        config: { kafka, mysql, topic: STAGES, to: "v2" },
      },
      afterBoth,
    ),
  );
  platform.add(
    new JobTemplate<VerifyConfig>(
      "verify",
      {
        ...toBoth,
        ...size.bulk,
        image: images.reference("verify"),
        config: {
          kafka,
          mysql,
          topics: { input: EVENTS, output: STAGES, deadLetter: DEAD_LETTER },
          enrichGroupId: ENRICH_GROUP,
          names: [...NAMES],
          depts: [...DEPTS],
          tables: [...TABLES, RECOVERY_TABLE].map(({ table, column, field }) => ({ table, column, by: field })),
          window,
        },
      },
      afterBoth,
    ),
  );
  platform.phpmyadmin();
}
