import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";

const START = join(projectRoot(), "components/flume/image/start");

let world = "";
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "lab-flume-start-"));
  mkdirSync(join(world, "path"));
  writeFileSync(join(world, "path/java"), '#!/bin/sh\necho "$*"\necho "run $HOSTNAME $AGENT_RUN"\n');
  chmodSync(join(world, "path/java"), 0o755);
});
afterEach(() => rmSync(world, { recursive: true }));

const start = (env: Record<string, string>) =>
  execFileSync("sh", [START], {
    env: { PATH: `${join(world, "path")}:${process.env.PATH}`, HOSTNAME: "cars-0", FLUME_COMPONENTS: "SINK.k", ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

test("the directories that sources do not start without are made, parents included", () => {
  const directories = [join(world, "volume/cars/status"), join(world, "volume/status/tracker")];
  start({ FLUME_DIRECTORIES: directories.join(" ") });
  expect(directories.every((directory) => existsSync(directory))).toBe(true);
});

test("health is on the port of all jobs, or on another beside a feeder; each run has its number", () => {
  const usual = start({});
  expect(usual).toContain(" -Dflume.monitoring.port=8080 -Dflume.monitoring.components=SINK.k ");
  expect(usual).toMatch(/^run cars-0 \d{13}$/m);
  expect(start({ FLUME_HTTP_PORT: "8081" })).toContain(" -Dflume.monitoring.port=8081 ");
});

test("an agent that does not say what must be up does not start", () => {
  expect(() => start({ FLUME_COMPONENTS: "" })).toThrow("set FLUME_COMPONENTS");
});
