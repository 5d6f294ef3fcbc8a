import { secretPath } from "../components/core/password";
import { MySql } from "../components/mysql/mysql";
import type { MigrateConfig } from "../jobs/migrate/config";
import type { TopicsConfigInput } from "../jobs/topics/config";
import type { Topic } from "./platform";
import type { Size } from "./sizes";

/** MySQL database of all tables that people read. */
export const DATABASE = "default";
const HOUR_MS = 3_600_000;

/** What the job that makes topics is told: the topics that pipelines declare, as safe as the size asks for. */
export function topicsConfig(
  bootstrapServers: string,
  topics: readonly Topic[],
  kafka: Size["kafka"],
): TopicsConfigInput {
  const { replicationFactor, minInSyncReplicas, retentionHours } = kafka;
  return {
    kafka: { brokers: [bootstrapServers] },
    topics: topics.map(({ name, partitions, configs }) => ({
      name,
      partitions,
      replicationFactor,
      configs: {
        "min.insync.replicas": String(minInSyncReplicas),
        "retention.ms": String(retentionHours * HOUR_MS),
        ...configs,
      },
    })),
  };
}

/** What the job that migrates MySQL is told. @param databases those of servers, each owned by the account of its name */
export function migrateConfig(address: MySql["address"], databases: readonly string[]): MigrateConfig {
  const passwordFile = (file: string) => secretPath("mysql", file);
  return {
    mysql: { ...address, user: "root", database: DATABASE, passwordFile: passwordFile(MySql.root.file) },
    app: { user: "scott", passwordFile: passwordFile(MySql.scott.file) },
    recover: { user: "recover", passwordFile: passwordFile(MySql.recover.file) },
    owners: databases.map((user) => ({ user, passwordFile: passwordFile(MySql.owner(user).file) })),
  };
}
