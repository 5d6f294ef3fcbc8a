import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";

const MINUTES = 60_000;
const built = mkdtempSync(join(tmpdir(), "lab-smartcar-"));
afterAll(() => rmSync(built, { recursive: true, force: true }));

// Maven fetches what the pinned poms name once, and works from its own repository from then on.
test("the topology's Java tests: lines, the rule, what is seen after failures, stores that are away, Flux", {
  timeout: 10 * MINUTES,
}, async () => {
  const pom = join(projectRoot(), "topologies/pom.xml");
  const maven = ["-B", "-ntp", "-Dstyle.color=never", "-f", pom, "-pl", "smartcar", `-DbuildRoot=${built}`];
  const { stdout } = await run("mvn", [...maven, "test"], { timeoutMs: 9 * MINUTES });
  const [, tests, failures, errors] =
    /Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: 0\n/.exec(stdout) ?? [];
  expect(Number(tests)).toBeGreaterThan(0);
  expect([failures, errors]).toEqual(["0", "0"]);
});
