import { runForPeople } from "../core/job";
import { connectKafka } from "../core/kafka";
import { createLog } from "../core/log";
import { mysqlMessage, openMysql } from "../core/mysql";
import { agrees, reportText } from "../core/report";
import { type VerifySettings, verifySchema } from "./config";
import { verifyKappa } from "./verify";

/** Entry point of the job `verify`. Prints a table; exit codes: 0 all agrees, 1 it does not, 2 config wrong. */
async function main(config: VerifySettings): Promise<number> {
  const log = createLog("verify", (line) => process.stderr.write(line), "error");
  const mysql = openMysql(config.mysql, config.mysql.database);
  const kafka = connectKafka({ ...config.kafka, clientId: "verify", log });
  const admin = await kafka.admin();
  try {
    const say = (line: string) => process.stdout.write(`${line} …\n`);
    const report = await verifyKappa(config, { kafka, admin, mysql, say });
    process.stdout.write(reportText("kappa", report, config.differences));
    return agrees(report) ? 0 : 1;
  } finally {
    await Promise.all([mysql.close(), admin.close()]);
    await kafka.close();
  }
}

runForPeople("verify", verifySchema, main, { title: "kappa", explain: mysqlMessage });
