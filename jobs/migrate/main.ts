import { readFileSync } from "node:fs";
import { ConfigError, loadConfig } from "../core/config";
import { createLog } from "../core/log";
import { mysqlMessage, openMysql } from "../core/mysql";
import { accountStatements } from "./accounts";
import { type MigrateSettings, migrateSchema } from "./config";
import { awaitMysql, migrate } from "./migrate";
import { migrations } from "./migrations";

/** Entry point of the job `migrate`. Exit codes: 0 up to date, 1 failed, 2 config wrong. */
async function main(config: MigrateSettings): Promise<void> {
  const log = createLog("migrate");
  const mysql = openMysql(config.mysql, undefined);
  try {
    const account = ({ user, passwordFile }: MigrateSettings["app"]) => ({
      user,
      password: readFileSync(passwordFile, "utf8").trimEnd(),
    });
    const accounts = accountStatements(
      config.mysql.database,
      account(config.app),
      account(config.recover),
      config.owners.map(account),
    );
    await awaitMysql(mysql, config.waitSeconds, log);
    const applied = await migrate(mysql, config.mysql.database, migrations, accounts, log);
    log.info("schema is up to date", { applied });
  } catch (error) {
    log.error(mysqlMessage(error));
    process.exitCode = 1;
  } finally {
    await mysql.close();
  }
}

try {
  void main(loadConfig(migrateSchema));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`migrate: ${error.message}\n`);
  process.exitCode = 2;
}
