import type { AggregateConfig } from "../../jobs/aggregate/config";
import { aggregateNames, stateSchema } from "../../jobs/core/aggregate-tables";
import { type Mysql, name, whole } from "../../jobs/core/mysql";
import { aggregateTables } from "../../jobs/migrate/migrations/0001-aggregate-tables";
import { moveTo } from "../cores";
import type { ColdAndWarm } from "../follow";
import { type LocalMysql, startLocalMysql } from "../local-mysql";
import { type Bench, benchmark, followOurs, followQuery, printFigures, warmBroker } from "../streaming";
import { createTopics, loadStages } from "../topics";

/*
 * node --import tsx bench/aggregate/main.ts [events] [--cores N] [--profile]
 *
 * On one broker, one MySQL and the same enriched events, one after the other: our aggregate job and the query of notebook
 * 2.pyspark-stream-aggregate, each into a table of its own. Checks that all tables hold the same rows. See docs/bench.md.
 */
const INPUT = "events_stages";
const DEAD_LETTER = "events.dead-letter";
const DATABASE = "default";
const OURS = "events_users_v1";
const SPARKS = { notebook: "notebook_users_v1", sources: "sources_users_v1" };
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
    for (const notebook of [true, false]) figures.push(await sparks(bench, mysql, notebook));
    printFigures(bench, figures);
    console.log(`all tables hold the same ${await sameRows(mysql.sql, bench.records)} rows`);
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

function sparks(bench: Bench, { account }: LocalMysql, notebook: boolean): Promise<ColdAndWarm> {
  const whose = notebook ? "notebook" : "sources";
  console.log(`running the Spark query of the ${whose}`);
  return followQuery(bench, {
    name: `Spark 4.0.0, query of the ${whose}`,
    program: "aggregate/query.py",
    input: INPUT,
    options: {
      notebook,
      table: SPARKS[whose],
      windowSeconds: window.sizeSeconds,
      watermarkSeconds: window.watermarkSeconds,
      mysql: account,
    },
  });
}

async function createTables(sql: Mysql): Promise<void> {
  await sql.run(`CREATE DATABASE ${name(stateSchema(DATABASE))}`);
  for (const statement of aggregateTables.statements(DATABASE)) await sql.run(statement);
  for (const table of Object.values(SPARKS)) {
    await sql.run(`CREATE TABLE ${name(table)} LIKE ${name(OURS)}`);
    await sql.run(`CREATE TABLE ${name(`${table}_staging`)} AS SELECT * FROM ${name(OURS)}`); // without the key
  }
}

/** Whether each event is counted once, in the same row of all tables. @returns how many rows */
async function sameRows(sql: Mysql, events: number): Promise<number> {
  const rowsOf = async (table: string) => {
    const rows = await sql.rows(
      `SELECT start, end, user_name, count FROM ${name(table)} ORDER BY start, end, user_name`,
    );
    return rows.map((row) => ({ key: `${row.start} ${row.end} ${row.user_name}`, count: whole(row.count) }));
  };
  const own = await rowsOf(OURS);
  const counted = own.reduce((sum, { count }) => sum + count, 0);
  if (counted !== events) throw new Error(`${OURS} counts ${counted} of ${events} events`);
  for (const table of Object.values(SPARKS)) {
    const theirs = await rowsOf(table);
    if (theirs.length !== own.length) throw new Error(`${table} has ${theirs.length} rows, ${OURS} ${own.length}`);
    const differs = own.findIndex(
      ({ key, count }, index) => theirs[index]?.key !== key || theirs[index].count !== count,
    );
    if (differs === -1) continue;
    throw new Error(`${table} has ${JSON.stringify(theirs[differs])}, ${OURS} ${JSON.stringify(own[differs])}`);
  }
  return own.length;
}

benchmark(2_000_000, main).catch((error) => {
  console.error(error);
  process.exit(1);
});
