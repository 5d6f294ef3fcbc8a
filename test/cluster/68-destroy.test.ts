import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cachePath, projectRoot } from "../../cluster/core/paths";
import { kubectl, labOk, NAMESPACE } from "./support/lab";
import { stackUp } from "./support/stack-up";

/** Kills `lab destroy` and all it has started while Pulumi deletes: the state's lock stays behind. */
async function brokenOffDestroy(): Promise<void> {
  const child = spawn(join(projectRoot(), "lab"), ["destroy"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let said = "";
  const deleting = new Promise<void>((resolve) => {
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("destroying stack lab …")) setTimeout(resolve, 1_000);
    });
  });
  await Promise.race([deleting, ended]);
  expect(child.exitCode, said).toBeNull();
  process.kill(-Number(child.pid), "SIGKILL"); // its whole group
  await ended;
}

/** Before the other pipelines: they have the machine to themselves then. `85-embedded.test.ts` makes the stack again. */
test("lab destroy leaves no object, no volume and no directory of the stack, also after one that was killed", async () => {
  await stackUp();
  await brokenOffDestroy();
  const { stdout, stderr } = await labOk(["destroy"]);
  expect(stderr).toContain("an earlier run was killed and had left its lock");
  expect(stdout).toMatch(/stack lab is gone/);
  // Other stacks may stand beside it, and their names begin with this one's.
  const namespaces = (await kubectl("get", "namespaces", "--output=name")).split("\n");
  expect(namespaces).not.toContain(`namespace/${NAMESPACE}`);
  const volumes = await kubectl("get", "persistentvolumes", "--output=jsonpath={.items[*].spec.claimRef.namespace}");
  expect(volumes.split(" ")).not.toContain(NAMESPACE);
  const directory = cachePath("cluster", "volumes");
  const left = existsSync(directory) ? readdirSync(directory) : [];
  expect(left.filter((name) => name.split("_").includes(NAMESPACE))).toEqual([]);
  expect((await labOk(["destroy"])).stdout).toContain("stack lab is gone"); // twice is the same as once
});
