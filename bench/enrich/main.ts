import { join } from "node:path";
import { buildSync } from "esbuild";
import { projectRoot } from "../../cluster/core/paths";
import type { KafkaAdmin } from "../../jobs/core/kafka-api";
import type { EnrichConfig } from "../../jobs/enrich/config";
import { DEPTS, NAMES } from "../../stacks/static-tables";
import type { ColdAndWarm } from "../follow";
import {
  type Bench,
  benchmark,
  committedRecords,
  followJob,
  followOurs,
  followQuery,
  printFigures,
  warmBroker,
} from "../streaming";
import { createTopics, loadEvents } from "../topics";

/*
 * node --import tsx bench/enrich/main.ts [events] [--cores N] [--profile]
 *
 * On one broker and the same events, one after the other: our enrich job, Spark, and a bare kafkajs pass-through. See docs/bench.md.
 */
const INPUT = "events";
const DEAD_LETTER = "events.dead-letter";
const tables = { names: [...NAMES], depts: [...DEPTS] };

async function main(bench: Bench): Promise<void> {
  const { records, kafka, admin } = bench;
  await createTopics(admin, [INPUT, "out-ours", "out-pass", "out-notebook", "out-sources", DEAD_LETTER]);
  console.log(`loading ${records} events`);
  await loadEvents(kafka, INPUT, records);
  await warmBroker(bench, INPUT);
  console.log("running enrich");
  const figures = [await ours(bench)];
  if (bench.profile) return printFigures(bench, figures);
  for (const notebook of [true, false]) figures.push(await sparks(bench, notebook));
  console.log("running the pass-through");
  figures.push(await passThrough(bench));
  printFigures(bench, figures);
  await checkCounts(admin, records);
}

function ours(bench: Bench): Promise<ColdAndWarm> {
  const config: EnrichConfig = {
    kafka: { brokers: bench.server.brokers },
    http: { port: 0 },
    topics: { input: INPUT, output: "out-ours", deadLetter: DEAD_LETTER },
    groupId: "ours",
    ...tables,
  };
  const done = () => committedRecords(bench.admin, "ours", INPUT);
  return followOurs(bench, "enrich", { name: "enrich (exactly once)", config, done });
}

function sparks(bench: Bench, notebook: boolean): Promise<ColdAndWarm> {
  const whose = notebook ? "notebook" : "sources";
  console.log(`running the Spark query of the ${whose}`);
  return followQuery(bench, {
    name: `Spark 4.0.0, query of the ${whose}`,
    program: "enrich/query.py",
    input: INPUT,
    options: { output: `out-${whose}`, notebook, ...tables },
  });
}

function passThrough(bench: Bench): Promise<ColdAndWarm> {
  const bundle = join(bench.directory, "pass-through.js");
  const entry = join(projectRoot(), "bench/enrich/pass-through.ts");
  buildSync({
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
  const config = { brokers: bench.server.brokers, input: INPUT, output: "out-pass", groupId: "pass" };
  const done = () => committedRecords(bench.admin, "pass", INPUT);
  return followJob(bench, { name: "kafkajs pass-through (at least once)", bundle, config, done });
}

/** All have written one record per event. */
async function checkCounts(admin: KafkaAdmin, events: number): Promise<void> {
  for (const { topic, exact } of [
    { topic: "out-pass", exact: true },
    { topic: "out-notebook", exact: true },
    { topic: "out-sources", exact: true },
    { topic: "out-ours", exact: false }, // and one marker per transaction and partition
  ]) {
    const count = (await admin.ranges(topic)).reduce((sum, { first, end }) => sum + end - first, 0);
    if (exact ? count !== events : count < events)
      throw new Error(`${topic} holds ${count} records for ${events} events`);
  }
}

benchmark(1_000_000, main).catch((error) => {
  console.error(error);
  process.exit(1);
});
