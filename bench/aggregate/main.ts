import type { AggregateConfig } from "../../jobs/aggregate/config";
import { aggregateNames, stateSchema } from "../../jobs/core/aggregate-tables";
import { type Mysql, name, whole } from "../../jobs/core/mysql";
import { aggregateTables } from "../../jobs/migrate/migrations/0001-aggregate-tables";
import { moveTo } from "../cores";
import type { ColdAndWarm } from "../follow";
import { type LocalMysql, startLocalMysql } from "../local-mysql";
import { followQuery } from "../spark";
import { type Bench, benchmark, followOurs, printFigures, warmBroker } from "../streaming";
import { createTopics, loadStages, PARTITIONS } from "../topics";

/*
 * node --import tsx bench/aggregate/main.ts [events] [--cores N] [--profile]
 *
 * On one broker, one MySQL and the same enriched events, one after the other: our aggregate job and the query of notebook
 * 2.pyspark-stream-aggregate, each into a table of its own. Checks that both tables hold the same rows. See docs/bench.md.
 */
const INPUT = "events_stages";
const DEAD_LETTER = "events.dead-letter";
const DATABASE = "default";
const OURS = "events_users_v1";
const SPARKS = "spark_users_v1";
const window = { sizeSeconds: 10, watermarkSeconds: 15 };

async function main(bench: Bench): Promise<void> {
  const mysql = await startLocalMysql(DATABASE);
  try {
    await moveTo(bench.cores.servers, mysql.pid);
    await createTables(mysql.sql);
    await createTopics(bench.admin, [INPUT, DEAD_LETTER]);
    console.log(`loading ${bench.records} enriched events`);
    await loadStages(bench.kafka, INPUT, bench.records);
    await warmBroker(bench, INPUT);
    console.log("running aggregate");
    const figures = [await ours(bench, mysql)];
    if (bench.profile) return printFigures(bench, figures);
    console.log("running the Spark query");
    figures.push(await sparks(bench, mysql));
    printFigures(bench, figures);
    console.log(`both tables hold the same ${await sameRows(mysql.sql, bench.records)} rows`);
  } finally {
    await mysql.stop();
  }
}

function ours(bench: Bench, { account, sql }: LocalMysql): Promise<ColdAndWarm> {
  const config: AggregateConfig = {
    kafka: { brokers: bench.server.brokers },
    http: { port: 0 },
    mysql: account,
    topic: INPUT,
    deadLetter: DEAD_LETTER,
    groupId: "ours",
    window,
    tables: [{ table: OURS, column: "user_name", field: "user_name" }],
  };
  const positions = aggregateNames(DATABASE, OURS).positions;
  const done = async () => whole((await sql.rows(`SELECT SUM(position) AS done FROM ${positions}`))[0]?.done);
  return followOurs(bench, "aggregate", { name: "aggregate (exactly once)", config, done });
}

function sparks(bench: Bench, { account, password }: LocalMysql): Promise<ColdAndWarm> {
  const { spark, server, records, cores, directory } = bench;
  const query = {
    name: "Spark 4.0.0 (upsert)",
    program: "aggregate/query.py",
    brokers: server.brokers,
    input: INPUT,
    partitions: PARTITIONS,
    records,
    options: {
      table: SPARKS,
      windowSeconds: window.sizeSeconds,
      watermarkSeconds: window.watermarkSeconds,
      mysql: { ...account, password },
    },
  };
  return followQuery(spark, query, cores.measured, directory);
}

async function createTables(sql: Mysql): Promise<void> {
  await sql.run(`CREATE DATABASE ${name(stateSchema(DATABASE))}`);
  for (const statement of aggregateTables.statements(DATABASE)) await sql.run(statement);
  for (const table of [SPARKS, `${SPARKS}_staging`]) {
    await sql.run(`CREATE TABLE ${name(table)} LIKE ${name(OURS)}`);
  }
}

/** Whether each event is counted once, in the same row of both tables. @returns how many rows */
async function sameRows(sql: Mysql, events: number): Promise<number> {
  const rowsOf = async (table: string) => {
    const rows = await sql.rows(
      `SELECT start, end, user_name, count FROM ${name(table)} ORDER BY start, end, user_name`,
    );
    return rows.map((row) => ({ key: `${row.start} ${row.end} ${row.user_name}`, count: whole(row.count) }));
  };
  const [own, theirs] = [await rowsOf(OURS), await rowsOf(SPARKS)];
  const counted = own.reduce((sum, { count }) => sum + count, 0);
  if (counted !== events) throw new Error(`${OURS} counts ${counted} of ${events} events`);
  own.forEach((row, index) => {
    const other = theirs[index];
    if (row.key === other?.key && row.count === other.count) return;
    throw new Error(`the tables differ: ${JSON.stringify(row)} and ${JSON.stringify(other)}`);
  });
  if (theirs.length !== own.length) throw new Error(`${SPARKS} has ${theirs.length} rows, ${OURS} ${own.length}`);
  return own.length;
}

benchmark(2_000_000, main).catch((error) => {
  console.error(error);
  process.exit(1);
});
