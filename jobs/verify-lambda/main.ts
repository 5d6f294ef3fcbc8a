import { connectDruid } from "../core/druid";
import { runForPeople } from "../core/job";
import { connectKafka } from "../core/kafka";
import { createLog } from "../core/log";
import { patientSql } from "../core/patient-druid";
import { agrees, reportText } from "../core/report";
import { connectWebHdfs } from "../core/webhdfs";
import { type VerifyLambdaSettings, verifyLambdaSchema } from "./config";
import { verifyLambda } from "./verify";

/** Entry point of the job `verify-lambda`. Prints a table; exit codes: 0 all agrees, 1 it does not, 2 config wrong. */
async function main(config: VerifyLambdaSettings): Promise<number> {
  const log = createLog("verify-lambda", (line) => process.stderr.write(line), "error");
  const kafka = connectKafka({ ...config.kafka, clientId: "verify-lambda", log });
  const admin = await kafka.admin();
  try {
    const report = await verifyLambda(config, {
      kafka,
      admin,
      hdfs: connectWebHdfs(config.hdfs),
      druid: patientSql(connectDruid(config.druid)),
      say: (line) => process.stdout.write(`${line} …\n`),
      now: Date.now,
    });
    process.stdout.write(reportText("lambda", report, config.differences));
    return agrees(report) ? 0 : 1;
  } finally {
    await admin.close();
    await kafka.close();
  }
}

runForPeople("verify-lambda", verifyLambdaSchema, main, { title: "lambda" });
