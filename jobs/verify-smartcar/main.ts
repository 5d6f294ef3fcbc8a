import { connectHBase } from "../core/hbase";
import { runForPeople } from "../core/job";
import { connectKafka } from "../core/kafka";
import { createLog } from "../core/log";
import { connectRedis } from "../core/redis";
import { agrees, reportText } from "../core/report";
import { connectWebHdfs } from "../core/webhdfs";
import { connectCars } from "./cars";
import { type VerifySmartcarSettings, verifySmartcarSchema } from "./config";
import { verifySmartcar } from "./verify";

/** Entry point of the job `verify-smartcar`. Prints a table; exit codes: 0 all agrees, 1 it does not, 2 config wrong. */
async function main(config: VerifySmartcarSettings): Promise<number> {
  const log = createLog("verify-smartcar", (line) => process.stderr.write(line), "error");
  const kafka = connectKafka({ ...config.kafka, clientId: "verify-smartcar", log });
  const admin = await kafka.admin();
  const redis = connectRedis(config.redis);
  try {
    const report = await verifySmartcar(config, {
      cars: connectCars(config.cars),
      kafka,
      admin,
      hbase: connectHBase(config.hbase),
      redis,
      hdfs: connectWebHdfs(config.hdfs),
      say: (line) => process.stdout.write(`${line} …\n`),
      now: Date.now,
    });
    process.stdout.write(reportText("smartcar", report, config.differences));
    return agrees(report) ? 0 : 1;
  } finally {
    await redis.close();
    await admin.close();
    await kafka.close();
  }
}

runForPeople("verify-smartcar", verifySmartcarSchema, main, { title: "smartcar" });
