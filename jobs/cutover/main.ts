import { ConfigError, loadConfig } from "../core/config";
import { connectKafka } from "../core/kafka";
import { createLog } from "../core/log";
import { mysqlMessage, openMysql } from "../core/mysql";
import { type CutoverSettings, cutoverSchema } from "./config";
import { CutoverRefused, cutOver } from "./cutover";

/** Entry point of the job `cutover`. Prints one line; exit codes: 0 readers are there, 1 refused or failed, 2 config wrong. */
async function main(config: CutoverSettings): Promise<void> {
  const log = createLog("cutover", (line) => process.stderr.write(line), "error");
  const mysql = openMysql(config.mysql, config.mysql.database);
  const kafka = connectKafka({ ...config.kafka, clientId: "cutover", log });
  const admin = await kafka.admin();
  try {
    process.stdout.write(`cutover: ${await cutOver(config, { kafka, admin, mysql })}\n`);
  } finally {
    await Promise.all([mysql.close(), admin.close()]);
    await kafka.close();
  }
}

try {
  main(loadConfig(cutoverSchema)).catch((error: unknown) => {
    const refused = error instanceof CutoverRefused ? "refused: " : "";
    process.stdout.write(`cutover: ${refused}${mysqlMessage(error)}\n`);
    process.exit(1);
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`cutover: ${error.message}\n`);
  process.exitCode = 2;
}
