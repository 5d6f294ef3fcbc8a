import { execFile, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { zooCfg } from "../../components/zookeeper/zoo-cfg";

const IMAGE = join(projectRoot(), "components/zookeeper/image");
const UNUSED_PORT = 1;

let world = "";
let peer: Server | undefined;
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "lab-zookeeper-start-"));
  mkdirSync(join(world, "conf"));
  mkdirSync(join(world, "path"));
  for (const name of ["start", "bin"]) cpSync(join(IMAGE, name), join(world, name), { recursive: true });
  writeFileSync(join(world, "path/java"), '#!/bin/sh\necho "$*"\n');
  chmodSync(join(world, "path/java"), 0o755);
});
afterEach(() => {
  peer?.close();
  peer = undefined;
  rmSync(world, { recursive: true });
});

/** Answers four-letter words on loopback; gives the port. */
async function answering(answer: string): Promise<number> {
  const server = createServer((socket) => socket.once("data", () => socket.end(answer)));
  peer = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Runs the image's launcher as server `ordinal` of `servers`, whose clients are served on `port`. */
async function start(ordinal: number, servers: number, port = UNUSED_PORT) {
  writeFileSync(
    join(world, "conf/zoo.cfg"),
    zooCfg(servers, 160).replaceAll("/var/lib/zookeeper", join(world, "volume")),
  );
  const lines = Array.from(
    { length: servers },
    (_, n) => `server.${n + 1}=127.0.0.1:2888:3888:participant;0.0.0.0:${port}`,
  );
  writeFileSync(join(world, "conf/zoo.cfg.dynamic"), `${lines.join("\n")}\n`);
  const { stdout } = await promisify(execFile)(join(world, "start"), {
    env: {
      PATH: `${join(world, "path")}:${process.env.PATH}`,
      POD_NAME: `zookeeper-${ordinal}`,
      ZOOKEEPER_CONF_DIR: join(world, "conf"),
    },
  });
  return {
    java: stdout,
    id: readFileSync(join(world, "volume/data/myid"), "utf8").trim(),
    members: readFileSync(join(world, "volume/zoo.cfg.dynamic"), "utf8").trim().split("\n"),
    mayBegin: existsSync(join(world, "volume/data/initialize")),
  };
}

test("a server's id is its pod's number, and its members are copied to the volume at each start", async () => {
  expect(await start(2, 3)).toMatchObject({ id: "3", members: { length: 3 } });
  expect(await start(2, 1)).toMatchObject({ id: "3", members: { length: 1 } });
});

test("a server alone begins with an empty tree", async () => {
  const { java, mayBegin } = await start(0, 1);
  expect(java).toContain("-Dzookeeper.db.autocreate=true");
  expect(mayBegin).toBe(false);
});

test.each([
  [0, true],
  [1, true],
  [2, false],
])("in a new ensemble of three, server %d may vote without data: %s", async (ordinal, may) => {
  const { java, mayBegin } = await start(ordinal, 3);
  expect(java).toContain("-Dzookeeper.db.autocreate=false");
  expect(mayBegin).toBe(may);
});

test("a server that lost its data may not vote while others serve, and may where they have no quorum either", async () => {
  expect((await start(0, 3, await answering("Zookeeper version: 3\nMode: leader\n"))).mayBegin).toBe(false);
  peer?.close();
  const waiting = await answering("This ZooKeeper instance is not currently serving requests\n");
  expect((await start(0, 3, waiting)).mayBegin).toBe(true);
});

test("a server with data needs no leave", async () => {
  mkdirSync(join(world, "volume/data/version-2"), { recursive: true });
  writeFileSync(join(world, "volume/data/version-2/snapshot.0"), "");
  expect((await start(0, 3)).mayBegin).toBe(false);
});

test("a probe asks one word and looks for the beginning of a line", async () => {
  const ask = async (answer: string, ...words: string[]) => {
    const env = { ...process.env, ZOOKEEPER_CLIENT_PORT: String(await answering(answer)) };
    const asked = await promisify(execFile)(join(IMAGE, "bin/ask"), words, { env }).then(
      () => true,
      () => false,
    );
    peer?.close();
    return asked;
  };
  expect(await ask("imok", "ruok", "imok")).toBe(true);
  expect(await ask("Latency: 0\nMode: follower\n", "srvr", "Mode: ")).toBe(true);
  expect(await ask("This ZooKeeper instance is not currently serving requests\n", "srvr", "Mode: ")).toBe(false);
  const env = { ...process.env, ZOOKEEPER_CLIENT_PORT: String(UNUSED_PORT) };
  expect(spawnSync(join(IMAGE, "bin/ask"), ["ruok", "imok"], { env }).status).not.toBe(0);
});
