import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";
import { temporaryDirectory } from "../support/temporary";

const MINUTES = 60_000;
/** For JVMs that live for seconds: compiling for peak speed would take them longer than all the rest. */
const SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

// Maven fetches what the pinned poms name once, and works from its own repository from then on.
test.each([
  [
    "Flume's image: days, the sink, what is left of killed runs, health",
    "components/flume/image/pom.xml",
    "buildDirectory",
  ],
  [
    "HBase's image: what turns a table that is there into the declared one",
    "components/hbase/image/pom.xml",
    "buildDirectory",
  ],
  ["Storm's image: the page of figures", "components/storm/image/pom.xml", "buildDirectory"],
  ["the deployer of topologies", "topologies/deploy/pom.xml", "buildRoot"],
  [
    "the topology: lines, the rule, what is seen after failures, stores that are away, Flux",
    "topologies/smartcar/pom.xml",
    "buildRoot",
  ],
])("%s: its Java tests", { timeout: 10 * MINUTES }, async (_, pom, directory) => {
  const built = temporaryDirectory("java");
  const maven = ["-B", "-ntp", "-Dstyle.color=never", "-f", join(projectRoot(), pom), `-D${directory}=${built}`];
  const problems: string[] = [];
  const onLine = (line: string) => void (line.startsWith("[ERROR]") && problems.push(line));
  const env = { MAVEN_OPTS: SHORT_LIVED };
  const test = ["test", `-DargLine=${SHORT_LIVED}`];
  const { stdout } = await run("mvn", [...maven, ...test], { env, timeoutMs: 9 * MINUTES, onLine }).catch((error) => {
    throw new Error(problems.join("\n"), { cause: error });
  });
  const [, tests, failures, errors] =
    /Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: 0\n/.exec(stdout) ?? [];
  expect(Number(tests)).toBeGreaterThan(0);
  expect([failures, errors]).toEqual(["0", "0"]);
});
