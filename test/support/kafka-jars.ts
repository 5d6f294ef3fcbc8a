import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hashFiles } from "../../cluster/core/hash";
import { cachePath, projectRoot } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";

/** Directory of the jars that the pinned `kafka-jars/pom.xml` names; fetched by Maven once and kept in the lab's cache. */
export function kafkaJars(): Promise<string> {
  return jarsOf(join(projectRoot(), "test/support/kafka-jars/pom.xml"), "kafka");
}

/** Directory of a pom's runtime dependencies, kept in the lab's cache by the pom's content. */
export async function jarsOf(pom: string, name: string): Promise<string> {
  const directory = cachePath("test", `jars-${name}-${hashFiles([pom])}`);
  if (existsSync(directory)) return directory;
  const draft = `${directory}.${process.pid}`;
  await run(
    "mvn",
    [
      "-q",
      "-B",
      "-ntp",
      "-f",
      pom,
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      `-DoutputDirectory=${draft}`,
    ],
    { timeoutMs: 600_000 },
  );
  if (existsSync(directory)) rmSync(draft, { recursive: true });
  else renameSync(draft, directory);
  return directory;
}
