import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { directoryOf } from "../../jobs/core/day-files";
import { sqlOrNothing } from "../../jobs/core/druid-rows";
import { instantsOf } from "../../jobs/core/seoul-day";
import { text } from "../../jobs/reindex/sql";
import { DEPTS, NAMES } from "../../stacks/static-tables";
import { coresOfMachine } from "../cores";
import { type ColdAndWarm, follow } from "../follow";
import { pyspark } from "../pyspark";
import { type Figures, report } from "../report";
import { startSpark } from "../spark";
import { cleanUp } from "./clean-up";
import { serverSeconds, usedSeconds } from "./cpu";
import { DAY, writeFiles } from "./files";
import { watched } from "./memory";
import { difference, type Group, groupsSql, rowsIn } from "./rows";
import { EVENTS, inStack, serversAt, type World } from "./world";

/*
 * node --import tsx bench/reindex/main.ts [events] [--stack NAME | --router URL --namenode URL]
 *
 * On the same files, one after the other: our reindex in Druid, and a pyspark job that does the same work and writes
 * the same rows as local files, which Druid then ingests; each twice, and both on all cores of the machine. Checks that
 * both have the same rows, and that Druid's workers are neither killed nor restarted meanwhile. Druid and HDFS must run
 * on this machine: the embedded cluster's do. What else they do is counted: stop the collector before. See
 * docs/bench.md.
 */
const SPARK_ROWS = "/lambda/bench-rows";
const SPARK_DATASOURCE = "bench_rows";

/** What is worked on. */
interface Input {
  readonly events: number;
  /** Local files by their days, and the directory that holds them. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly directory: string;
}

async function main(events: number, world: World): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "lab-bench-"));
  try {
    const python = await pyspark();
    console.log(`writing ${events} events`);
    const files = await writeFiles(directory, events);
    try {
      await compare(world, python, { events, files, directory });
    } finally {
      const directories = [...[...files.keys()].map(directoryOfDay), SPARK_ROWS];
      const whole = await cleanUp(world, { directories, datasource: SPARK_DATASOURCE, day: DAY }, console.log);
      if (!whole) process.exitCode = 1;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compare(world: World, python: string, { events, files, directory }: Input): Promise<void> {
  const cores = availableParallelism();
  for (const [day, paths] of files) {
    for (const path of paths) await world.put(path, directoryOfDay(day));
  }
  console.log("reindexing in Druid, twice");
  const ours = await inDruid(world, events);
  console.log("the same in Spark, twice");
  const directories = [...files.keys()].map((day) => join(directory, `dt=${day}`));
  const spark = await inSpark(python, directory, directories, events);
  const output = join(directory, "out/warm/events");
  for (const name of readdirSync(output).filter((one) => one.endsWith(".json"))) {
    await world.put(join(output, name), SPARK_ROWS);
  }
  const ingested = await measured("Druid's ingestion of Spark's rows", events, () => ingest(world));
  const rows = await sameRows(world);
  for (const kind of ["cold", "warm"] as const) {
    const table = { title: `${kind}: ${rows} rows, ${cores} cores`, unit: "rows", cores };
    console.log(`\n${report(table, [ours[kind], spark[kind], together(spark[kind], ingested)])}`);
  }
}

/** Directory of a day's raw events in HDFS. */
function directoryOfDay(day: string): string {
  return directoryOf(EVENTS, day);
}

/** Our reindex, and the memory of those who work in it. */
async function inDruid(world: World, events: number): Promise<ColdAndWarm> {
  const reindex = () => measured("reindex in Druid", events, () => world.reindex(DAY));
  const twice = async () => ({ cold: await reindex(), warm: await reindex() });
  if (!world.lookAtWorkers) {
    console.log("their memory is not watched: these servers are no pods of a stack");
    return twice();
  }
  const { result, peaks } = await watched(world.lookAtWorkers, twice);
  for (const line of peaks) console.log(line);
  return result;
}

/** Time and CPU of servers and of this process. */
async function measured(name: string, count: number, work: () => Promise<void>): Promise<Figures> {
  const before = serverSeconds();
  const own = process.cpuUsage();
  const begin = performance.now();
  await work();
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(own);
  return { name, count, seconds, cpuSeconds: usedSeconds(before, serverSeconds()) + (user + system) / 1e6 };
}

function inSpark(python: string, directory: string, directories: string[], rows: number): Promise<ColdAndWarm> {
  const cpus = coresOfMachine(availableParallelism()).measured;
  const output = (kind: string) => join(directory, "out", kind);
  const outputs = [output("cold"), output("warm")];
  const options = { directories, outputs, day: DAY, names: NAMES, depts: DEPTS, cores: cpus.length };
  return follow({
    name: "Spark 4.0.0, rows as local files",
    start: () => startSpark({ python }, "reindex/query.py", options, cpus, directory),
    done: () => rows * outputs.filter((one) => existsSync(join(one, "events/_SUCCESS"))).length,
    total: 2 * rows,
  });
}

function together(spark: Figures, ingested: Figures): Figures {
  return {
    name: "Spark 4.0.0 and Druid's ingestion",
    count: spark.count,
    seconds: spark.seconds + ingested.seconds,
    cpuSeconds: spark.cpuSeconds + ingested.cpuSeconds,
  };
}

/** The plain ingestion of rows that are ready. */
async function ingest({ druid }: World): Promise<void> {
  const source = { type: "hdfs", paths: [`${SPARK_ROWS}/*.json`] };
  const columns = ["time", "user_name", "dept_name", "gender", "hello"].map((name) => `"${name}" VARCHAR`);
  const numbers = ["user_id", "age", "id"].map((name) => `"${name}" BIGINT`);
  const query = `REPLACE INTO "${SPARK_DATASOURCE}" OVERWRITE ALL
    SELECT
      TIME_PARSE("time", 'yyyy-MM-dd HH:mm:ss', 'Asia/Seoul') AS "__time",
      "user_id", "user_name", "dept_name", "gender", "age", "hello", "id"
    FROM TABLE(EXTERN(${text(JSON.stringify(source))}, '{"type":"json"}'))
    EXTEND (${[...columns, ...numbers].join(", ")})
    PARTITIONED BY ALL`;
  const { taskId } = await druid.post<{ taskId: string }>("/druid/v2/sql/task", { query, context: { maxNumTasks: 2 } });
  for (;;) {
    const { status } = await druid.get<{ status: { status: string } }>(`/druid/indexer/v1/task/${taskId}/status`);
    if (status.status === "SUCCESS") return;
    if (status.status !== "RUNNING") throw new Error(`task ${taskId} ended as ${status.status}`);
    await setTimeout(500);
  }
}

/** Makes sure that both have made the same rows. @returns how many */
async function sameRows({ druid }: World): Promise<number> {
  const { from, to } = instantsOf(DAY);
  const of = (datasource: string) => sqlOrNothing<Group>(druid, datasource, groupsSql(datasource), [from, to]);
  for (let attempt = 0; ; attempt += 1) {
    const ours = await of("events_batch");
    const different = difference(ours, await of(SPARK_DATASOURCE));
    if (different === undefined) return rowsIn(ours);
    // The segments of the plain ingestion may still be on their way to the Historical.
    if (attempt > 60) throw new Error(`the rows differ, first in ${different}`);
    await setTimeout(1_000);
  }
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { stack: { type: "string" }, router: { type: "string" }, namenode: { type: "string" } },
});
const events = Number(positionals[0] ?? 2_200_000);
const { router, namenode, stack = "lambda" } = values;
const work = (world: World) => main(events, world);
(router !== undefined && namenode !== undefined ? work(serversAt(router, namenode)) : inStack(stack, work)).catch(
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
