import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { redisConf } from "../../components/redis/redis-conf";

const IMAGE = join(projectRoot(), "components/redis/image");
const HOSTS = [0, 1, 2].map((ordinal) => `redis-${ordinal}.servers`);
/** What the launcher says last when a server may start. */
const STARTED = "redis-server started";

// Answers what the file of its host and port holds, after the answer to AUTH; nobody listens where there is no such file.
const CLI = `#!/bin/sh
cat > /dev/null
answer=$WORLD/answers/$2-$4
[ -e "$answer" ] && echo OK && cat "$answer"
`;

let world = "";
let running: ChildProcess | undefined;
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "lab-redis-start-"));
  for (const name of ["answers", "conf", "path", "volume/data"]) mkdirSync(join(world, name), { recursive: true });
  for (const name of ["start", "bin"]) cpSync(join(IMAGE, name), join(world, name), { recursive: true });
  for (const [name, script] of [
    ["redis-cli", CLI],
    ["redis-server", `#!/bin/sh\ncat\necho "${STARTED}"\n`],
  ] as const) {
    writeFileSync(join(world, "path", name), script);
    chmodSync(join(world, "path", name), 0o755);
  }
  writeFileSync(join(world, "password"), "a password");
  writeFileSync(
    join(world, "conf/redis.conf"),
    redisConf(96, true).replaceAll("/var/lib/redis", join(world, "volume")),
  );
});
afterEach(() => {
  running?.kill();
  running = undefined;
  rmSync(world, { recursive: true });
});

const answers = (ordinal: number, port: number, answer: string) =>
  writeFileSync(join(world, "answers", `${HOSTS[ordinal]}-${port}`), `${answer}\n`);
/** What the server says that is asked how many keys it has. */
const says = (ordinal: number, answer: string) => answers(ordinal, 6379, answer);
/** Lets every Sentinel name this server as the master. */
const chosen = (master: number) => {
  for (const ordinal of [0, 1, 2]) answers(ordinal, 26379, `${HOSTS[master]}\n6379`);
};
const hasData = () => {
  mkdirSync(join(world, "volume/data/appendonlydir"));
  writeFileSync(join(world, "volume/data/appendonlydir/appendonly.aof.manifest"), "");
};

/** Starts the image's launcher as server 0; `until` waits for a text in what it says, and gives all of it. */
function start(servers = 3) {
  if (servers > 1) writeFileSync(join(world, "conf/servers"), `${HOSTS.join("\n")}\n`);
  const child = spawn(join(world, "start"), {
    env: {
      PATH: `${join(world, "path")}:${process.env.PATH}`,
      POD_NAME: "redis-0",
      REDIS_CONF_DIR: join(world, "conf"),
      REDIS_PASSWORD_FILE: join(world, "password"),
      WORLD: world,
    },
  });
  running = child;
  let said = "";
  return {
    until: (text: string) =>
      new Promise<string>((resolve, reject) => {
        const look = () => said.includes(text) && resolve(said);
        child.stdout.on("data", (chunk) => {
          said += chunk;
          look();
        });
        child.on("close", () => (said.includes(text) ? resolve(said) : reject(new Error(`never "${text}": ${said}`))));
        look();
      }),
  };
}

test("a server alone asks nobody", async () => {
  expect(await start(1).until(STARTED)).not.toContain("replica");
});

test("nobody starts before most Sentinels name one master", async () => {
  answers(0, 26379, HOSTS[0] ?? "");
  const server = start();
  expect(await server.until("waiting: most Sentinels")).not.toContain(STARTED);
  chosen(0);
  hasData();
  expect(await server.until(STARTED)).not.toContain("replicaof");
});

test("a replica without data starts at once, though nobody listens yet", async () => {
  chosen(1);
  expect(await start().until(STARTED)).toContain("replicaof redis-1.servers 6379");
});

test("a master with data starts at once, though nobody listens yet", async () => {
  chosen(0);
  hasData();
  expect(await start().until(STARTED)).not.toContain("waiting");
});

test("a master without data starts when every other server has said that it has none", async () => {
  chosen(0);
  const server = start();
  const waiting = "waiting: this server has no data, and not every other one says yet";
  expect(await server.until(waiting)).not.toContain(STARTED);
  says(1, "0");
  says(2, "0");
  expect(await server.until(STARTED)).not.toContain("replicaof");
});

test.each([
  ["nobody", undefined],
  ["one that reads its data", "LOADING Redis is loading the dataset in memory"],
  ["one with another password", "NOAUTH Authentication required."],
])("to a master without data %s is no server without data", async (_, answer) => {
  chosen(0);
  says(1, "0");
  if (answer) says(2, answer);
  const server = start();
  expect(await server.until("waiting: this server has no data")).not.toContain(STARTED);
  says(2, "7");
  expect(await server.until("waiting: this server has lost its data")).not.toContain(STARTED);
  chosen(2);
  expect(await server.until(STARTED)).toContain("replicaof redis-2.servers 6379");
});

test("a log that was never begun is no data", async () => {
  chosen(0);
  mkdirSync(join(world, "volume/data/appendonlydir"));
  says(1, "7");
  expect(await start().until("waiting: this server has lost its data")).not.toContain(STARTED);
});
