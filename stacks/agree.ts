import { secretPath } from "../components/core/password";
import { MySql } from "../components/mysql/mysql";
import { JobTemplate } from "../components/one-shot-job";
import type { AgreeConfig } from "../jobs/agree/config";
import { DEAD_LETTER, ENRICH_GROUP, EVENTS, STAGES } from "./enriched-events";
import { BATCH, RAW_EVENTS, SPARK_BATCH } from "./lambda-names";
import type { Platform } from "./platform";
import type { PipelineName, Settings } from "./settings";
import { DATABASE } from "./shared-jobs";
import { DEPTS, NAMES } from "./static-tables";

/** Tables that notebook 2 fills for comparisons begin so, and are gone after it: nobody's own table of the notebooks is touched. */
export const SPARK_USERS = "notebook_verify";

/**
 * The job that compares what Spark's notebooks and the jobs have made of the same records.
 * @param spark topic that notebook 1 writes
 */
export function declareAgreement(platform: Platform, settings: Settings, spark: string): void {
  const { place, images, size, kafka, topics, options } = platform;
  const has = (name: PipelineName) => settings.pipelines.includes(name);
  platform.add(
    new JobTemplate<AgreeConfig>(
      "agree",
      {
        place,
        image: images.reference("agree"),
        ...size.bulk,
        config: {
          kafka: { brokers: [kafka.bootstrapServers] },
          topics: { input: EVENTS, output: STAGES, deadLetter: DEAD_LETTER, spark },
          enrichGroupId: ENRICH_GROUP,
          names: [...NAMES],
          depts: [...DEPTS],
          ...(has("kappa") ? { aggregate: aggregate(platform, settings) } : {}),
          ...(has("lambda") ? { batch: batch(platform) } : {}),
        },
        calls: [
          kafka.endpoint,
          ...(has("kappa") ? [platform.mysql.endpoint] : []),
          ...(has("lambda") ? [platform.druid.endpoint, ...platform.hdfs.clientCalls] : []),
        ],
        secrets: has("kappa") ? { group: "mysql", files: [MySql.scott] } : undefined,
      },
      { ...options, dependsOn: [topics, ...(has("kappa") ? [platform.schema] : [])] },
    ),
  );
}

function aggregate({ mysql }: Platform, { kappa }: Settings): NonNullable<AgreeConfig["aggregate"]> {
  return {
    mysql: {
      ...mysql.address,
      user: "scott",
      database: DATABASE,
      passwordFile: secretPath("mysql", MySql.scott.file),
    },
    ours: "events_users_v1",
    spark: SPARK_USERS,
    window: { sizeSeconds: kappa.windowSeconds, watermarkSeconds: kappa.watermarkSeconds },
  };
}

function batch({ druid, hdfs }: Platform): NonNullable<AgreeConfig["batch"]> {
  return {
    druid: { url: druid.routerUrl },
    hdfs: { urls: [...hdfs.webHdfs], user: "lab" },
    datasource: BATCH,
    events: RAW_EVENTS,
    rows: SPARK_BATCH,
  };
}
