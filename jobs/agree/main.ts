import { connectDruid } from "../core/druid";
import { runForPeople } from "../core/job";
import { connectKafka } from "../core/kafka";
import { createLog } from "../core/log";
import { mysqlMessage, openMysql } from "../core/mysql";
import { agrees, type Report, reportText } from "../core/report";
import { connectWebHdfs } from "../core/webhdfs";
import { compareAggregate } from "./aggregate";
import { compareBatch, newestDay } from "./batch";
import { type AgreeSettings, agreeSchema, type Plan } from "./config";
import { compareEnrich, type EnrichDeps } from "./enrich";
import { freeze } from "./freeze";
import { joined } from "./joined";
import { dropLeftTables, dropSparkTable, stampOf } from "./spark-table";

/** Nothing has happened that could be compared. */
class NothingToCompare extends Error {}

/**
 * Entry point of the job `agree`. Run without a plan it freezes one and prints it as its last line; then Spark's notebooks are run,
 * and then this with the plan. With `clean` it only removes what belongs to the plan. Exit codes: 0 all agrees, 1 it does not,
 * 2 config wrong.
 */
async function main(config: AgreeSettings): Promise<number> {
  const log = createLog("agree", (line) => process.stderr.write(line), "error");
  const kafka = connectKafka({ ...config.kafka, clientId: "agree", log });
  const admin = await kafka.admin();
  const say = (line: string) => process.stdout.write(`${line} …\n`);
  try {
    if (config.clean) {
      await cleaned(config);
      return 0;
    }
    if (config.plan === undefined) {
      const plan = await freeze(config, admin, stampOf(Date.now(), Math.random()));
      process.stdout.write(`${JSON.stringify({ ...plan, day: await prepared(config) })}\n`);
      return 0;
    }
    const report = joined(await compared(config, config.plan, { kafka, admin, say }).finally(() => cleaned(config)));
    process.stdout.write(reportText("against Spark", report, config.differences));
    return agrees(report) ? 0 : 1;
  } finally {
    await admin.close();
    await kafka.close();
  }
}

/** What the parts need before Spark runs. @returns the day whose rows are compared, if any are */
async function prepared({ parts, aggregate, batch, day }: AgreeSettings): Promise<string | undefined> {
  if (aggregate && parts.includes("aggregate")) {
    const mysql = openMysql(aggregate.mysql, aggregate.mysql.database);
    await dropLeftTables(aggregate, mysql, Date.now()).finally(() => mysql.close());
  }
  if (!batch || !parts.includes("batch")) return undefined;
  const chosen = day ?? (await newestDay(batch, connectDruid(batch.druid), Date.now()));
  if (chosen === undefined) {
    throw new NothingToCompare(`${batch.datasource} has rows of no day that has ended: lab reindex DAY`);
  }
  return chosen;
}

/** Removes the table of a comparison, whose rows nobody will look at any more. */
async function cleaned({ aggregate, plan }: AgreeSettings): Promise<void> {
  if (!aggregate || plan?.table === undefined) return;
  const mysql = openMysql(aggregate.mysql, aggregate.mysql.database);
  await dropSparkTable(aggregate, plan.table, mysql).finally(() => mysql.close());
}

/** Each part's report. */
async function compared(config: AgreeSettings, plan: Plan, world: EnrichDeps): Promise<Map<string, Report>> {
  const { parts, aggregate, batch, differences } = config;
  const reports = new Map<string, Report>();
  if (parts.includes("enrich")) reports.set("enrich", await compareEnrich(config, plan, world));
  if (aggregate && parts.includes("aggregate")) {
    if (plan.table === undefined) throw new NothingToCompare("the plan names no table of notebook 2");
    const mysql = openMysql(aggregate.mysql, aggregate.mysql.database);
    try {
      const compared = { ...aggregate, spark: plan.table };
      reports.set("aggregate", await compareAggregate(config, compared, plan, { ...world, mysql }));
    } finally {
      await mysql.close();
    }
  }
  if (batch && parts.includes("batch")) {
    if (plan.day === undefined) throw new NothingToCompare("the plan names no day");
    const stores = { druid: connectDruid(batch.druid), hdfs: connectWebHdfs(batch.hdfs) };
    reports.set("batch", await compareBatch(batch, plan.day, differences, { ...stores, say: world.say }));
  }
  return reports;
}

runForPeople("agree", agreeSchema, main, { title: "against Spark", explain: mysqlMessage });
