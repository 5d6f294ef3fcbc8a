import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";

const IMAGE = join(projectRoot(), "components/hdfs/image");

/**
 * Stands for Java: writes down what it is called for, formats and copies as a NameNode would, and ends at once where a
 * server would run. `$WORLD/formatted` is what JournalNodes hold, `$WORLD/peer` says that another NameNode answers.
 */
const JAVA = `#!/bin/sh
echo "$*" | tr ' ' '\\n' | grep -E '^-(format|bootstrapStandby|formatZK)$|NameNode$|DataNode$|JournalNode$|ZKFailoverController$' \\
  | sed 's/.*\\.//' | paste -sd ' ' >> "$WORLD/calls"
draft=$(echo "$*" | sed -n 's|.*-Ddfs.namenode.name.dir=file://\\([^ ]*\\).*|\\1|p')
image() { mkdir -p "$draft/current"; echo "clusterID=$1" > "$draft/current/VERSION"; }
case $* in
  *-bootstrapStandby*) [ -f "$WORLD/peer" ] || exit 2; image "$(cat "$WORLD/peer")" ;;
  *-format\\ *)
    [ ! -f "$WORLD/formatted" ] || exit 1
    [ ! -f "$WORLD/killed" ] || { rm "$WORLD/killed"; mkdir -p "$draft/current"; kill -9 $PPID; }
    image "\${*##* }" ;;
  *-formatZK*) exit "$(cat "$WORLD/zk" 2> /dev/null || echo 0)" ;;
esac
exit 0
`;
/** A retry would wait; here it makes the missing server answer instead. */
const SLEEP = '#!/bin/sh\necho sleep >> "$WORLD/calls"\necho "$CLUSTER_ID" > "$WORLD/peer"\necho 0 > "$WORLD/zk"\n';

let world = "";
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "lab-hdfs-start-"));
  for (const directory of ["bin", "conf", "volume"]) mkdirSync(join(world, directory));
  cpSync(join(IMAGE, "start"), join(world, "start"));
  for (const [name, text] of Object.entries({ java: JAVA, sleep: SLEEP })) {
    writeFileSync(join(world, "bin", name), text);
    chmodSync(join(world, "bin", name), 0o755);
  }
  site("<configuration/>");
});
afterEach(() => rmSync(world, { recursive: true }));

function site(text: string): void {
  writeFileSync(join(world, "conf/hdfs-site.xml"), text);
}

const pair = () =>
  site("<property><name>dfs.namenode.shared.edits.dir</name><value>qjournal://j:8485/lab</value></property>");

function put(path: string, text: string): void {
  mkdirSync(join(world, path, ".."), { recursive: true });
  writeFileSync(join(world, path), text);
}

/** Runs the image's launcher; what Java was called for is in `calls`. */
function start(role: string, env: Record<string, string> = {}) {
  rmSync(join(world, "calls"), { force: true });
  const ended = spawnSync(join(world, "start"), [role], {
    encoding: "utf8",
    timeout: 20_000,
    env: {
      PATH: `${join(world, "bin")}:${process.env.PATH}`,
      WORLD: world,
      HDFS_VOLUME: join(world, "volume"),
      HADOOP_CONF_DIR: join(world, "conf"),
      CLUSTER_ID: "ours",
      POD_NAME: "namenode-0",
      ...env,
    },
  });
  const calls = existsSync(join(world, "calls")) ? readFileSync(join(world, "calls"), "utf8").trim().split("\n") : [];
  return { status: ended.status, signal: ended.signal, errors: ended.stderr, calls };
}

const version = () => readFileSync(join(world, "volume/name/current/VERSION"), "utf8").trim();

test("a new volume is formatted once, with the id of the cluster", () => {
  expect(start("namenode")).toMatchObject({ status: 0, calls: ["NameNode -format", "NameNode"] });
  expect(version()).toBe("clusterID=ours");
  expect(start("namenode")).toMatchObject({ status: 0, calls: ["NameNode"] });
});

test("a start that was killed while it formatted begins anew", () => {
  put("killed", "");
  expect(start("namenode").signal).toBe("SIGKILL");
  expect(existsSync(join(world, "volume/name"))).toBe(false);
  expect(start("namenode")).toMatchObject({ status: 0, calls: ["NameNode -format", "NameNode"] });
});

test.each([
  ["namenode", "volume/name/current/VERSION", "clusterID=theirs"],
  ["datanode", "volume/data/current/VERSION", "clusterID=theirs"],
  ["namenode", "volume/name/notes", "something else"],
])("a %s refuses a volume with %s of another's, and leaves it as it is", (role, path, text) => {
  put(path, text);
  const refused = start(role);
  expect(refused).toMatchObject({ status: 78, calls: [] });
  expect(refused.errors.trim().split("\n")).toHaveLength(1);
  expect(readFileSync(join(world, path), "utf8")).toBe(text);
});

test("of two NameNodes the first formats when nobody holds anything", () => {
  pair();
  expect(start("namenode").calls).toEqual(["NameNode -bootstrapStandby", "NameNode -format", "NameNode"]);
});

test("of two NameNodes the second never formats: it waits for the first and copies it", () => {
  pair();
  expect(start("namenode", { POD_NAME: "namenode-1" }).calls).toEqual([
    "NameNode -bootstrapStandby",
    "sleep",
    "NameNode -bootstrapStandby",
    "NameNode",
  ]);
});

test("a first NameNode that lost its volume copies the second, and never formats over what JournalNodes hold", () => {
  pair();
  put("formatted", "");
  expect(start("namenode").calls).toEqual([
    "NameNode -bootstrapStandby",
    "NameNode -format",
    "sleep",
    "NameNode -bootstrapStandby",
    "NameNode",
  ]);
});

test("a NameNode that would copy another cluster is refused", () => {
  pair();
  put("peer", "theirs");
  expect(start("namenode")).toMatchObject({ status: 78, calls: ["NameNode -bootstrapStandby"] });
  expect(existsSync(join(world, "volume/name"))).toBe(false);
});

test("a failover controller makes its znode, takes one that is there, and waits for ZooKeeper", () => {
  const both = ["-formatZK", "DFSZKFailoverController"];
  const calls = () => start("zkfc").calls.map((line) => line.replace("DFSZKFailoverController -formatZK", "-formatZK"));
  expect(calls()).toEqual(both);
  put("zk", "2"); // the znode is there
  expect(calls()).toEqual(both);
  put("zk", "6"); // no ZooKeeper
  expect(calls()).toEqual(["-formatZK", "sleep", ...both]);
});

test("a journalnode starts as it is, and anything else is refused with what there is", () => {
  expect(start("journalnode").calls).toEqual(["JournalNode"]);
  expect(start("broker")).toMatchObject({ status: 64, calls: [] });
});
