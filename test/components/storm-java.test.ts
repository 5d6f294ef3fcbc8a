import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";

const MINUTES = 60_000;
const built = mkdtempSync(join(tmpdir(), "lab-storm-"));
afterAll(() => rmSync(built, { recursive: true, force: true }));

// Maven fetches what the pinned poms name once, and works from its own repository from then on.
test.each([
  ["the page of figures", "components/storm/image/pom.xml", "buildDirectory"],
  ["the deployer of topologies", "topologies/deploy/pom.xml", "buildRoot"],
])("%s: its Java tests", { timeout: 10 * MINUTES }, async (_, pom, directory) => {
  const maven = ["-B", "-ntp", "-Dstyle.color=never", "-f", join(projectRoot(), pom), `-D${directory}=${built}`];
  const { stdout } = await run("mvn", [...maven, "test"], { timeoutMs: 9 * MINUTES });
  const [, tests, failures, errors] =
    /Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: 0\n/.exec(stdout) ?? [];
  expect(Number(tests)).toBeGreaterThan(0);
  expect([failures, errors]).toEqual(["0", "0"]);
});
