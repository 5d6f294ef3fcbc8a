import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { buildSync } from "esbuild";
import { cachePath, projectRoot } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";
import { connectKafka } from "../../jobs/core/kafka";
import type { Kafka, KafkaAdmin } from "../../jobs/core/kafka-api";
import { createLog } from "../../jobs/core/log";
import { formatSeoulTime } from "../../jobs/core/seoul-time";
import { bundleJob, type JobProcess, startJob } from "../../test/support/job-process";
import { jarsOf } from "../../test/support/kafka-jars";
import { type LocalKafka, startLocalKafka } from "../../test/support/local-kafka";
import { pyspark } from "../pyspark";
import { type Figures, report } from "./report";

/*
 * node --import tsx bench/enrich/main.ts [events]
 *
 * On one broker and the same events, one after the other: our enrich job, a bare kafkajs pass-through, and the sources'
 * Spark query. Prints throughput and CPU seconds of each, and the ratios. Rates and CPU of the Node processes are taken
 * from a tenth of the way on, those of Spark in its second run, so that all three are warm.
 */
const PARTITIONS = 6;
const NODE_VERSION = "22.23.3";
const WARM_UP_EVENTS = 100_000;
const CLOCK_TICKS = 100;

const names = Array.from({ length: 10 }, (_, uid) => ({ uid, name: `user-${uid}` }));
const depts = Array.from({ length: 5 }, (_, did) => ({ did, name: `dept-${did}` }));
const log = createLog("bench", (line) => process.stderr.write(line), "error");

async function main(events: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "lab-bench-"));
  const node = await nodeOfImages();
  const python = await pyspark();
  const jars = await jarsOf(join(projectRoot(), "bench/enrich/spark-jars/pom.xml"), "spark");
  const server = await startLocalKafka({ heapMiB: 768, fast: true });
  const kafka = connectKafka({ brokers: server.brokers, clientId: "bench", log });
  const admin = await kafka.admin();
  try {
    for (const topic of [
      "events",
      "warm-up",
      "out-ours",
      "out-pass",
      "out-spark",
      "out-warm-up",
      "events.dead-letter",
    ]) {
      await admin.createTopic({ name: topic, partitions: PARTITIONS, replicationFactor: 1, configs: {} });
    }
    console.log(`loading ${events} events`);
    await load(kafka, "warm-up", Math.min(events, WARM_UP_EVENTS));
    await load(kafka, "events", events);
    const world: World = { directory, node, server, admin, events };
    const figures: Figures[] = [];
    console.log("running enrich");
    figures.push(await ours(world));
    console.log("running the pass-through");
    figures.push(await passThrough(world));
    console.log("running the Spark query");
    figures.push(await spark(world, python, jars));
    console.log(report(figures, events));
    await checkCounts(admin, events);
  } finally {
    await admin.close();
    await kafka.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface World {
  readonly directory: string;
  readonly node: string;
  readonly server: LocalKafka;
  readonly admin: KafkaAdmin;
  readonly events: number;
}

function ours(world: World): Promise<Figures> {
  const config = {
    kafka: { brokers: world.server.brokers },
    http: { port: 0 },
    topics: { input: "events", output: "out-ours", deadLetter: "events.dead-letter" },
    groupId: "ours",
    names,
    depts,
  };
  const job = startJob(bundleJob("enrich", world.directory), config, { node: world.node });
  return measured("enrich (exactly once)", job, "ours", world);
}

function passThrough(world: World): Promise<Figures> {
  const outfile = join(world.directory, "pass-through.js");
  const entry = join(projectRoot(), "bench/enrich/pass-through.ts");
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: "node", target: "node20", logLevel: "error" });
  process.env.PASS_THROUGH = JSON.stringify({
    brokers: world.server.brokers[0],
    input: "events",
    output: "out-pass",
    groupId: "pass",
  });
  return measured("kafkajs pass-through (at least once)", startJob(outfile, {}, { node: world.node }), "pass", world);
}

/** Follows the group's committed offsets; counts from a tenth of the way to the end. */
async function measured(name: string, job: JobProcess, groupId: string, world: World): Promise<Figures> {
  const { admin, events } = world;
  const pid = job.child.pid ?? -1;
  let from: { done: number; seconds: number; cpu: number } | undefined;
  for (;;) {
    if (job.child.exitCode !== null) throw new Error(`${name} ended: ${job.output().slice(-2_000)}`);
    const offsets = await admin.committed(groupId, "events");
    const done = offsets.reduce((sum, { offset }) => sum + (offset ?? 0), 0);
    const now = { done, seconds: performance.now() / 1000, cpu: cpuSeconds(pid) };
    if (!from && done >= events / 10) from = now;
    if (done >= events) {
      const peakMiB = peakMemoryMiB(pid);
      job.child.kill("SIGTERM");
      await job.ended;
      const start = from ?? now;
      return {
        name,
        events: now.done - start.done,
        seconds: now.seconds - start.seconds,
        cpuSeconds: now.cpu - start.cpu,
        peakMiB,
      };
    }
    await setTimeout(25);
  }
}

async function spark({ directory, server, events }: World, python: string, jars: string): Promise<Figures> {
  const options = {
    brokers: server.brokers[0],
    jars,
    warmUp: "warm-up",
    warmUpOutput: "out-warm-up",
    input: "events",
    output: "out-spark",
    names,
    depts,
  };
  const query = join(projectRoot(), "bench/enrich/query.py");
  const { stdout } = await run(python, [query, JSON.stringify(options)], {
    cwd: directory,
    log: join(directory, "spark.log"),
    timeoutMs: 900_000,
  });
  const { seconds, cpuSeconds: cpu } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as Record<string, number>;
  return { name: "Spark 4.0.0 (availableNow, warm)", events, seconds: seconds ?? 0, cpuSeconds: cpu ?? 0 };
}

/** All three have written one record per event. */
async function checkCounts(admin: KafkaAdmin, events: number): Promise<void> {
  for (const { topic, exact } of [
    { topic: "out-pass", exact: true },
    { topic: "out-spark", exact: true },
    { topic: "out-ours", exact: false }, // and one marker per transaction and partition
  ]) {
    const count = (await admin.ranges(topic)).reduce((sum, { first, end }) => sum + end - first, 0);
    if (exact ? count !== events : count < events)
      throw new Error(`${topic} holds ${count} records for ${events} events`);
  }
}

async function load(kafka: Kafka, topic: string, events: number): Promise<void> {
  const producer = await kafka.openProducer();
  const step = 5_000 * PARTITIONS;
  for (let id = 0; id < events; id += step) {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const ids = Array.from({ length: 5_000 }, (_, index) => id + index * PARTITIONS + partition).filter(
        (one) => one < events,
      );
      const records = ids.map((one) => ({
        key: null,
        value: `{"hello":"ssm-seoul","id":${one},"time":"${formatSeoulTime(1_790_000_000 + one / 1_000)}"}`,
      }));
      if (records.length > 0) await producer.send(topic, partition, records);
    }
  }
  await producer.close();
}

/** The Node of the job images, from npm. */
async function nodeOfImages(): Promise<string> {
  const prefix = cachePath("bench", `node-${NODE_VERSION}`);
  const binary = join(prefix, "node_modules/node/bin/node");
  if (existsSync(binary)) return binary;
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", prefix, `node@${NODE_VERSION}`], {
    cwd: prefix,
    timeoutMs: 600_000,
  });
  if (!existsSync(binary))
    await run("node", ["installArchSpecificPackage.js"], { cwd: join(prefix, "node_modules/node") });
  return binary;
}

/** User and system time of a process and all its threads. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/, "").trim().split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

function peakMemoryMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

main(Number(process.argv[2] ?? 1_000_000)).catch((error) => {
  console.error(error);
  process.exit(1);
});
