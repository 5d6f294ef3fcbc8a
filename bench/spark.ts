import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../cluster/core/paths";
import { type JobProcess, startProcess } from "../test/support/job-process";
import { jarsOf } from "../test/support/kafka-jars";
import { onCpus } from "./cores";
import { pyspark } from "./pyspark";

/** What starts Spark programs. */
export interface Spark {
  readonly python: string;
  /** Directory of the jars for Kafka and MySQL. */
  readonly jars: string;
}

/** Spark from the package index, and the jars of the notebook image from Maven; fetched once. */
export async function installedSpark(): Promise<Spark> {
  return {
    python: await pyspark(),
    jars: await jarsOf(join(projectRoot(), "components/notebook/image/pom.xml"), "spark"),
  };
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

/** How many micro-batches of a streaming query are done: their commits are in its checkpoint. */
export function commitsIn(checkpoint: string): number {
  try {
    return readdirSync(join(checkpoint, "commits")).filter((name) => /^\d+$/.test(name)).length;
  } catch {
    return 0; // the query has not started yet
  }
}
