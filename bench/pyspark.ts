import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachePath } from "../cluster/core/paths";
import { run } from "../cluster/core/run";

const PYSPARK_VERSION = "4.0.0";

/** A Python with pyspark, from the package index; made once. */
export async function pyspark(): Promise<string> {
  const environment = cachePath("bench", `pyspark-${PYSPARK_VERSION}`);
  const python = join(environment, "bin/python");
  if (!existsSync(join(environment, "complete"))) {
    await run("python3", ["-m", "venv", environment]);
    await run(python, ["-m", "pip", "install", "--quiet", `pyspark==${PYSPARK_VERSION}`], { timeoutMs: 900_000 });
    writeFileSync(join(environment, "complete"), "");
  }
  return python;
}
