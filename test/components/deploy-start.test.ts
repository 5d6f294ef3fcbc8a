import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";

test("the deployer finds Storm's logging before the one that Flux brings, and the topology's classes between them", async () => {
  const world = mkdtempSync(join(tmpdir(), "lab-deploy-start-"));
  try {
    for (const name of ["lib", "path"]) mkdirSync(join(world, name));
    for (const jar of ["deploy", "flux-core-1", "slf4j-api-2"]) writeFileSync(join(world, "lib", `${jar}.jar`), "");
    cpSync(join(projectRoot(), "topologies/deploy/start"), join(world, "start"));
    writeFileSync(join(world, "path/java"), '#!/bin/sh\necho "$*"\n');
    chmodSync(join(world, "path/java"), 0o755);
    const { stdout } = await promisify(execFile)(join(world, "start"), [], {
      env: { PATH: `${join(world, "path")}:${process.env.PATH}`, DEPLOY_JVM_OPTIONS: "-Xmx9m" },
    });
    const classPath = /-cp (\S+) lab\.deploy\.Main\n$/.exec(stdout)?.[1]?.split(":") ?? [];
    expect(classPath).toEqual([
      "/etc/storm",
      join(world, "lib/deploy.jar"),
      join(world, "lib/slf4j-api-2.jar"),
      "/opt/topology/topology.jar",
      join(world, "lib/flux-core-1.jar"),
    ]);
    expect(stdout).toMatch(/^-Xmx9m /);
  } finally {
    rmSync(world, { recursive: true });
  }
});
