import { execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { stormYaml } from "../../components/storm/storm-yaml";

const IMAGE = join(projectRoot(), "components/storm/image");
let world = "";
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "lab-storm-start-"));
  for (const name of ["conf", "path", "volume/workers/w1/pids", "volume/supervisor"])
    mkdirSync(join(world, name), { recursive: true });
  for (const name of ["start", "java"]) cpSync(join(IMAGE, name), join(world, name), { recursive: true });
  writeFileSync(join(world, "path/java"), '#!/bin/sh\necho "$JAVA_HOME $*"\n');
  chmodSync(join(world, "path/java"), 0o755);
  writeFileSync(join(world, "conf/storm.yaml"), stormYaml({ "storm.local.dir": join(world, "volume"), a: 1 }));
  writeFileSync(join(world, "volume/supervisor/localstate"), "who it is");
});
afterEach(() => rmSync(world, { recursive: true }));

/** Runs the image's launcher; gives the call of Java. */
async function start(role: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(join(world, "start"), [role], {
    env: {
      PATH: `${join(world, "path")}:${process.env.PATH}`,
      STORM_HOME: world,
      STORM_CONF_DIR: join(world, "conf"),
      STORM_WORK_DIR: join(world, "work"),
      ...env,
    },
  });
  return stdout.trim();
}

test("Nimbus gets the flags, and the name by which others reach it", async () => {
  const java = await start("nimbus", { STORM_JVM_OPTIONS: "-Xmx36m", STORM_HOST: "storm-nimbus-0.lab" });
  expect(java).toContain(`${join(world, "java")} -Xmx36m `);
  expect(java).toMatch(/lib-daemon\/\*:\S*lib-worker\/\* org\.apache\.storm\.daemon\.nimbus\.Nimbus$/);
  const settings = readFileSync(join(world, "work/conf/storm.yaml"), "utf8").trimEnd().split("\n").filter(Boolean);
  expect(settings.slice(1)).toEqual(["a: 1", 'storm.local.hostname: "storm-nimbus-0.lab"']);
});

test("a Supervisor forgets the workers of an earlier run, and not who it is", async () => {
  expect(await start("supervisor")).toMatch(/org\.apache\.storm\.daemon\.supervisor\.Supervisor$/);
  expect(existsSync(join(world, "volume/workers"))).toBe(false);
  expect(readFileSync(join(world, "volume/supervisor/localstate"), "utf8")).toBe("who it is");
});

test("nothing else touches workers", async () => {
  await start("nimbus");
  expect(existsSync(join(world, "volume/workers/w1"))).toBe(true);
});

test("the page knows Kafka, and has libraries of its own", async () => {
  expect(await start("ui", { STORM_KAFKA: "kafka:9093" })).toMatch(
    /-Dui\.kafka=kafka:9093 .*lib-ui\/\*:.* lab\.storm\.Ui$/,
  );
});

test("what is unknown is refused", async () => {
  await expect(start("drpc")).rejects.toMatchObject({ code: 64 });
});

test("a worker is started without the JVM that writes its log", async () => {
  const java = join(world, "java/bin/java");
  const call = ["-cp", "x", "-Xmx16m", "org.apache.storm.LogWriter", "/bin/echo", "-server", "a b", "Worker"];
  const { stdout } = await promisify(execFile)(java, call);
  expect(stdout).toBe("-server a b Worker\n");
});
