import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { connectKafka } from "../jobs/core/kafka";
import type { Kafka, KafkaAdmin } from "../jobs/core/kafka-api";
import { createLog } from "../jobs/core/log";
import { bundleJob, startJob } from "../test/support/job-process";
import { type LocalKafka, startLocalKafka } from "../test/support/local-kafka";
import { type Cores, coresOfMachine, moveTo, onCpus } from "./cores";
import { type ColdAndWarm, follow } from "./follow";
import { nodeOfImages } from "./node";
import { type CpuProfile, hottest } from "./profile";
import { report } from "./report";
import { commitsIn, installedSpark, type Spark, startSpark } from "./spark";
import { PARTITIONS } from "./topics";

/** What a benchmark of a streaming job works with. */
export interface Bench {
  /** Records in all, an even number. */
  readonly records: number;
  readonly cores: Cores;
  /** A directory that is gone afterwards. */
  readonly directory: string;
  readonly node: string;
  readonly spark: Spark;
  readonly server: LocalKafka;
  readonly kafka: Kafka;
  readonly admin: KafkaAdmin;
  /** Ours alone is run, and where its time goes is shown. */
  readonly profile: boolean;
}

const SHOWN_FUNCTIONS = 25;

/** Reads `[records] [--cores N] [--profile]` and runs a benchmark on a Kafka of its own. */
export async function benchmark(defaultRecords: number, work: (bench: Bench) => Promise<void>): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { cores: { type: "string" }, profile: { type: "boolean" } },
  });
  const records = Number(positionals[0] ?? defaultRecords);
  if (!Number.isInteger(records) || records < 2 || records % 2 > 0) {
    throw new Error(`the number of records must be even, got ${positionals[0]}`);
  }
  const cores = coresOfMachine(Number(values.cores ?? 1));
  const directory = mkdtempSync(join(tmpdir(), "lab-bench-"));
  const [node, spark] = [await nodeOfImages(), await installedSpark()];
  const server = await startLocalKafka({ heapMiB: 768, fast: true });
  const log = createLog("bench", (line) => process.stderr.write(line), "error");
  const kafka = connectKafka({ brokers: server.brokers, clientId: "bench", log });
  try {
    for (const pid of [process.pid, server.pid()]) await moveTo(cores.servers, pid);
    const admin = await kafka.admin();
    await work({ records, cores, directory, node, spark, server, kafka, admin, profile: values.profile ?? false });
    await admin.close();
  } finally {
    await kafka.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Has the broker do once what the first of the measured would otherwise pay for: it makes its own topics, and compiles. */
export async function warmBroker({ kafka, admin, records }: Bench, topic: string): Promise<void> {
  await admin.committed("bench", topic);
  await (await kafka.openTransactional("bench")).close();
  let read = 0;
  for (const { partition, first, end } of await admin.ranges(topic)) {
    for await (const piece of kafka.readRange(topic, partition, first, end)) read += piece.length;
  }
  if (read !== records) throw new Error(`${topic} holds ${read} records, not ${records}`);
}

/** A job of ours to be measured. */
export interface Job {
  readonly name: string;
  /** Path of its bundle. */
  readonly bundle: string;
  readonly config: object;
  readonly done: () => Promise<number>;
}

/** Measures a Node process; with `--profile` it also prints where its time went, and keeps the profile. */
export async function followJob(bench: Bench, { name, bundle, config, done }: Job): Promise<ColdAndWarm> {
  const { cores, node, profile, records } = bench;
  const file = join(tmpdir(), `${basename(bundle, ".js")}.cpuprofile`);
  const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${dirname(file)}`, `--cpu-prof-name=${basename(file)}`] : [];
  const figures = await follow({
    name,
    start: () => startJob(bundle, config, { node: "taskset", flags: onCpus(cores.measured, [node, ...flags]) }),
    done,
    total: records,
    end: ({ child }) => child.kill("SIGTERM"),
  });
  if (profile) {
    const taken = JSON.parse(readFileSync(file, "utf8")) as CpuProfile;
    console.log([`${name}, busy time by function (${file})`, ...hottest(taken, SHOWN_FUNCTIONS)].join("\n"));
  }
  return figures;
}

/** Bundles one of our jobs and measures it. */
export function followOurs(bench: Bench, job: string, parts: Omit<Job, "bundle">): Promise<ColdAndWarm> {
  return followJob(bench, { ...parts, bundle: bundleJob(job, bench.directory) });
}

/** A streaming query of Spark to be measured. */
export interface Query {
  readonly name: string;
  /** Path below `bench/`. */
  readonly program: string;
  /** Topic whose records are read in two micro-batches. */
  readonly input: string;
  /** Further options of the program. */
  readonly options: object;
}

/** Measures a streaming query. */
export function followQuery(bench: Bench, { name, program, input, options }: Query): Promise<ColdAndWarm> {
  const { spark, server, cores, records, directory } = bench;
  const checkpoint = mkdtempSync(join(directory, "checkpoint-"));
  const given = {
    ...options,
    jars: spark.jars,
    cores: cores.measured.length,
    brokers: server.brokers.join(),
    input,
    perBatch: records / 2 + PARTITIONS, // each partition's share is rounded down
    checkpoint,
  };
  return follow({
    name,
    start: () => startSpark(spark, program, given, cores.measured, directory),
    done: () => (Math.min(2, commitsIn(checkpoint)) * records) / 2,
    total: records,
  });
}

/** Records before the group's committed offsets. */
export async function committedRecords(admin: KafkaAdmin, groupId: string, topic: string): Promise<number> {
  const offsets = await admin.committed(groupId, topic);
  return offsets.reduce((sum, { offset }) => sum + (offset ?? 0), 0);
}

/** Prints the figures, cold ones and warm ones. */
export function printFigures({ cores, records }: Bench, figures: readonly ColdAndWarm[]): void {
  const table = { unit: "records", cores: cores.measured.length };
  const cpus = `${table.cores} ${table.cores === 1 ? "core" : "cores"}`;
  const titles = {
    cold: `cold: from the start of the process, ${cpus}`,
    warm: `warm: the second half of ${records} records, ${cpus}`,
  };
  for (const kind of ["cold", "warm"] as const) {
    console.log(
      `\n${report(
        { ...table, title: titles[kind] },
        figures.map((one) => one[kind]),
      )}`,
    );
  }
}
