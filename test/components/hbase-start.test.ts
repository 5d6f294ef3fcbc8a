import { spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";

const IMAGE = join(projectRoot(), "components/hbase/image");
/** Stands for Java, and says what it would run. */
const JAVA = '#!/bin/sh\necho "java $*"\n';
/** Knows the name when it is asked for the third time. */
const GETENT = '#!/bin/sh\necho "$2" >> "$WORLD/asked"\n[ "$(wc -l < "$WORLD/asked")" -ge 3 ]\n';

let world = "";
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "lab-hbase-start-"));
  mkdirSync(join(world, "path"));
  for (const file of ["start", "bin", "java.args"]) cpSync(join(IMAGE, file), join(world, file), { recursive: true });
  for (const [name, text] of Object.entries({ java: JAVA, getent: GETENT, sleep: "#!/bin/sh\n" })) {
    writeFileSync(join(world, "path", name), text);
    chmodSync(join(world, "path", name), 0o755);
  }
});
afterEach(() => rmSync(world, { recursive: true }));

function run(script: string, args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(join(world, script), args, {
    encoding: "utf8",
    timeout: 20_000,
    env: { PATH: `${join(world, "path")}:${process.env.PATH}`, WORLD: world, ...env },
  });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

test.each([
  ["master", "org.apache.hadoop.hbase.master.HMaster start"],
  ["regionserver", "org.apache.hadoop.hbase.regionserver.HRegionServer start"],
  ["rest", "org.apache.hadoop.hbase.rest.RESTServer start"],
  ["tables", "lab.hbase.Tables /etc/hbase/tables.json"],
])("start %s runs %s with the flags it was given", (role, command) => {
  const { status, stdout } = run("start", [role], { HBASE_JVM_OPTIONS: "-Xmx77m -XX:+UseSerialGC" });
  expect(status).toBe(0);
  expect(stdout).toContain(`java @${world}/java.args -Xmx77m -XX:+UseSerialGC `);
  expect(stdout.endsWith(command)).toBe(true);
});

test("a server waits for its own name", () => {
  const { status, stderr } = run("start", ["master"], { AWAITED_HOST: "hbase-master-0.hbase-masters" });
  expect(status).toBe(0);
  expect(stderr.split("\n")).toEqual(
    Array.from({ length: 2 }, () => "start master: waiting for the name hbase-master-0.hbase-masters"),
  );
});

test("anything else is a command of its own, and nothing at all is refused with what there is", () => {
  expect(run("start", ["echo", "as it is"]).stdout).toBe("as it is");
  expect(run("start", [])).toMatchObject({
    status: 64,
    stderr: "say what to start: master, regionserver, rest or tables",
  });
});

test("the shell runs on its own Ruby, with our stand-in before the command that does not load", () => {
  const { stdout } = run("bin/hbase", ["shell", "-n", "script.rb"]);
  expect(stdout.endsWith("org.jruby.JarBootstrapMain -n script.rb")).toBe(true);
  const classes = / -cp (\S+)/.exec(stdout)?.[1]?.split(":") ?? [];
  expect(classes.indexOf(`${world}/shell/ruby`)).toBeLessThan(classes.indexOf(`${world}/shell/*`));
  expect(run("bin/hbase", ["nonsense"]).status).toBe(64);
});

/** What the script `ready` answers for a server whose JMX page is `page`. */
async function ready(role: string, page: string): Promise<number | null> {
  const server = createServer((_, response) => response.end(page));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  // The script knows the server's own port, which a test cannot count on.
  spawnSync("sed", ["-i", `s/port=160[13]0/port=${port}/`, join(world, "bin/ready")]);
  const status = await new Promise<number | null>((resolve) => {
    spawn(join(world, "bin/ready"), [role]).on("exit", resolve);
  });
  server.close();
  return status;
}

test.each([
  ["master", '"tag.isActiveMaster": "true", "masterFinishedInitializationTime": 1795286080577', 0],
  ["master", '"tag.isActiveMaster": "false", "masterFinishedInitializationTime": 0', 0],
  ["master", '"tag.isActiveMaster": "true", "masterFinishedInitializationTime": 0', 1],
  ["master", '"tag.Context": "master"', 1],
  ["regionserver", '"tag.serverName": "hbase-regionserver-0,16020,1"', 0],
  ["regionserver", '"beans": []', 1],
])("a %s that says %s: %d", async (role, page, status) => {
  expect(await ready(role, page)).toBe(status);
});
