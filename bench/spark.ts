import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../cluster/core/paths";
import { type JobProcess, startProcess } from "../test/support/job-process";
import { jarsOf } from "../test/support/kafka-jars";
import { onCpus } from "./cores";
import { type ColdAndWarm, follow } from "./follow";
import { pyspark } from "./pyspark";

/** What starts Spark programs. */
export interface Spark {
  readonly python: string;
  /** Directory of the jars for Kafka and MySQL. */
  readonly jars: string;
}

/** Spark from the package index, and the jars of the notebook image from Maven; fetched once. */
export async function installedSpark(): Promise<Spark> {
  return { python: await pyspark(), jars: await jarsOf(join(projectRoot(), "components/notebook/image/pom.xml"), "spark") };
}

/** Starts a Python program of `bench/` on these CPUs only. */
export function startSpark(
  { python }: Pick<Spark, "python">,
  program: string,
  options: object,
  cpus: readonly number[],
  directory: string,
): JobProcess {
  const command = [python, join(projectRoot(), "bench", program), JSON.stringify(options)];
  return startProcess("taskset", onCpus(cpus, command), {
    cwd: directory,
    env: { PYTHONPATH: join(projectRoot(), "bench"), PYTHONDONTWRITEBYTECODE: "1" },
  });
}

/** A streaming query to be measured. */
export interface Query {
  readonly name: string;
  /** Path below `bench/`. */
  readonly program: string;
  readonly brokers: readonly string[];
  /** Topic whose records are read in two micro-batches. */
  readonly input: string;
  readonly partitions: number;
  /** Records in the topic. */
  readonly records: number;
  /** Further options of the program. */
  readonly options: object;
}

/** Measures a streaming query; a micro-batch is done when its commit is in the checkpoint. */
export function followQuery(
  spark: Spark,
  query: Query,
  cpus: readonly number[],
  directory: string,
): Promise<ColdAndWarm> {
  const { name, program, brokers, input, partitions, records } = query;
  const checkpoint = mkdtempSync(join(directory, "checkpoint-"));
  const options = {
    ...query.options,
    jars: spark.jars,
    cores: cpus.length,
    brokers: brokers.join(),
    input,
    perBatch: records / 2 + partitions, // each partition's share is rounded down
    checkpoint,
  };
  return follow({
    name,
    start: () => startSpark(spark, program, options, cpus, directory),
    done: () => (Math.min(2, commitsIn(checkpoint)) * records) / 2,
    total: records,
  });
}

function commitsIn(checkpoint: string): number {
  try {
    return readdirSync(join(checkpoint, "commits")).filter((name) => /^\d+$/.test(name)).length;
  } catch {
    return 0; // the query has not started yet
  }
}
