import { execFile } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { dockerStage } from "../support/docker-stage";
import { temporaryDirectory } from "../support/temporary";

const IMAGE = join(projectRoot(), "components/notebook/image");
const read = (file: string) => readFileSync(join(IMAGE, file), "utf8");
const run = promisify(execFile);

test("Maven is installed as elsewhere, so that its layer is shared", () => {
  const installed = (image: string) => dockerStage(`components/${image}/image/Dockerfile`, "jars")[1];
  expect(installed("notebook")).toContain("maven");
  expect(installed("notebook")).toBe(installed("kafka"));
});

test("Spark's package, its jars and the image are of one version", () => {
  const version = /^pyspark==(\S+)/m.exec(read("requirements.txt"))?.[1];
  expect(version).toBeDefined();
  expect(read("pom.xml")).toContain(`<spark.version>${version}</spark.version>`);
  expect(read("Dockerfile")).toContain(`image.version="${version}"`);
});

test.each(["requirements.txt", "build-requirements.txt"])("every package of %s is pinned with its digest", (file) => {
  const lines = read(file)
    .replaceAll("\\\n", "")
    .split("\n")
    .filter((line) => line && !line.startsWith("#"));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => !/^[a-z0-9-]+==[\w.]+\s+--hash=sha256:[0-9a-f]{64}$/.test(line))).toEqual([]);
  expect(new Set(lines.map((line) => line.split("==")[0])).size).toBe(lines.length);
});

test("every program and every setting in Python is one", async () => {
  const files = [
    ...readdirSync(join(IMAGE, "bin")).map((name) => `bin/${name}`),
    "jupyter_server_config.py",
    "jupyter_lab_config.py",
  ];
  expect(files.length).toBeGreaterThan(4);
  const check = "import sys; [compile(open(file).read(), file, 'exec') for file in sys.argv[1:]]";
  await run("python3", ["-c", check, ...files], { cwd: IMAGE });
});

test("an executor runs Spark's backend with what Spark says in the environment, options in their order", async () => {
  const bin = temporaryDirectory("executor");
  writeFileSync(join(bin, "java"), '#!/bin/sh\npwd\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  mkdirSync(join(bin, "pyspark"));
  writeFileSync(join(bin, "pyspark/__init__.py"), "");
  const said = {
    SPARK_DRIVER_URL: "spark://driver",
    SPARK_EXECUTOR_ID: "1",
    SPARK_EXECUTOR_CORES: "2",
    SPARK_EXECUTOR_MEMORY: "512m",
    SPARK_APPLICATION_ID: "app",
    SPARK_EXECUTOR_POD_IP: "10.0.0.9",
    SPARK_EXECUTOR_POD_NAME: "exec-1",
    SPARK_RESOURCE_PROFILE_ID: "0",
    SPARK_CONF_DIR: "/opt/spark/conf",
    HADOOP_CONF_DIR: "/opt/hadoop/conf",
    SPARK_EXTRA_CLASSPATH: "/extra/*",
    SPARK_LOCAL_DIRS: `${bin}/pyspark,/tmp`,
  };
  const flags = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`SPARK_JAVA_OPT_${i}`, `-D${i}=a b`]));
  const env = { PATH: `${bin}:${process.env.PATH}`, PYTHONPATH: bin };
  const { stdout } = await run("python3", [join(IMAGE, "bin/executor")], { env: { ...env, ...said, ...flags } });
  expect(stdout.trim().split("\n")).toEqual([
    `${bin}/pyspark`,
    ...Array.from({ length: 11 }, (_, i) => `-D${i}=a b`),
    "-Xms512m",
    "-Xmx512m",
    "-cp",
    `/opt/spark/conf:/opt/hadoop/conf:${bin}/pyspark/jars/*:/extra/*:${bin}/pyspark`,
    "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
    ..."--driver-url spark://driver --executor-id 1 --cores 2 --app-id app --hostname 10.0.0.9".split(" "),
    ..."--resourceProfileId 0 --podName exec-1".split(" "),
  ]);
  await expect(run("python3", [join(IMAGE, "bin/executor")], { env })).rejects.toThrow(
    /executor: Spark sets SPARK_EXECUTOR_MEMORY, SPARK_DRIVER_URL/,
  );
});

let world = "";
beforeEach(() => {
  world = temporaryDirectory("notebooks");
  for (const name of ["stack", "work"]) mkdirSync(join(world, name));
});

const stackHas = (name: string, text: string) => writeFileSync(join(world, "stack", name), text);
const personHas = (name: string, text: string) => writeFileSync(join(world, "work", name), text);
const copyOf = (name: string) => readFileSync(join(world, "work", name), "utf8");
const deliver = async () =>
  (await run("python3", [join(IMAGE, "bin/deliver-notebooks"), join(world, "stack"), join(world, "work")])).stdout;

test("notebooks are copied on first use, with the directories of the tables", async () => {
  stackHas("1.a.ipynb", "one");
  stackHas("other.txt", "not a notebook");
  expect(await deliver()).toBe("1.a.ipynb: copied\n");
  expect(copyOf("1.a.ipynb")).toBe("one");
  expect(readdirSync(join(world, "work/data")).sort()).toEqual(["depts", "names"]);
  expect(existsSync(join(world, "work/other.txt"))).toBe(false);
});

test("a copy that nobody changed follows a new version, and a changed one never", async () => {
  for (const name of ["1.a.ipynb", "2.b.ipynb"]) stackHas(name, "old");
  await deliver();
  personHas("2.b.ipynb", "mine");
  for (const name of ["1.a.ipynb", "2.b.ipynb"]) stackHas(name, "new");
  expect(await deliver()).toBe("1.a.ipynb: brought to the new version\n2.b.ipynb: somebody's own, left as it is\n");
  expect([copyOf("1.a.ipynb"), copyOf("2.b.ipynb")]).toEqual(["new", "mine"]);
  await deliver(); // the third version is no reason either
  expect(copyOf("2.b.ipynb")).toBe("mine");
});

test("who goes back to a version of the stack by hand follows again", async () => {
  stackHas("1.a.ipynb", "old");
  await deliver();
  personHas("1.a.ipynb", "mine");
  stackHas("1.a.ipynb", "new");
  await deliver();
  personHas("1.a.ipynb", "new");
  await deliver();
  stackHas("1.a.ipynb", "newer");
  await deliver();
  expect(copyOf("1.a.ipynb")).toBe("newer");
});

test("a file or a directory of that name that was there before is left alone", async () => {
  stackHas("1.a.ipynb", "stack's");
  stackHas("2.b.ipynb", "stack's");
  personHas("1.a.ipynb", "mine");
  mkdirSync(join(world, "work/2.b.ipynb"));
  await deliver();
  expect(copyOf("1.a.ipynb")).toBe("mine");
  expect(readdirSync(join(world, "work/2.b.ipynb"))).toEqual([]);
});

test("who removes a copy gets the stack's again", async () => {
  stackHas("1.a.ipynb", "one");
  await deliver();
  rmSync(join(world, "work/1.a.ipynb"));
  await deliver();
  expect(copyOf("1.a.ipynb")).toBe("one");
});

test("lost notes change nobody's work", async () => {
  stackHas("1.a.ipynb", "old");
  await deliver();
  personHas(".delivered.json", "{");
  stackHas("1.a.ipynb", "new");
  await deliver();
  expect(copyOf("1.a.ipynb")).toBe("old");
});

test("what is as it was is not written again", async () => {
  stackHas("1.a.ipynb", "one");
  await deliver();
  const notes = join(world, "work/.delivered.json");
  const before = statSync(notes).ino; // whatever is written is another file
  expect(await deliver()).toBe("1.a.ipynb: there already\n");
  expect(statSync(notes).ino).toBe(before);
});

test("a link of a notebook's name is somebody's own, also one that leads nowhere", async () => {
  stackHas("1.a.ipynb", "stack's");
  symlinkSync(join(world, "elsewhere"), join(world, "work/1.a.ipynb"));
  symlinkSync(join(world, "elsewhere"), join(world, "work/.2.b.ipynb.part"));
  stackHas("2.b.ipynb", "stack's");
  expect(await deliver()).toBe("1.a.ipynb: somebody's own, left as it is\n2.b.ipynb: copied\n");
  expect(lstatSync(join(world, "work/1.a.ipynb")).isSymbolicLink()).toBe(true);
  expect(existsSync(join(world, "elsewhere"))).toBe(false);
});

test("what cannot be written is told and keeps nobody out", async () => {
  mkdirSync(join(world, "work/.delivered.json"));
  mkdirSync(join(world, "work/.1.a.ipynb.part"));
  writeFileSync(join(world, "work/data"), "a file where directories belong");
  for (const name of ["1.a.ipynb", "2.b.ipynb"]) stackHas(name, "stack's");
  const lines = (await deliver()).trimEnd().split("\n"); // rejects unless the exit code is 0
  expect(lines.map((line) => line.slice(0, 30))).toEqual([
    "data/names: cannot be brought:",
    "data/depts: cannot be brought:",
    "1.a.ipynb: cannot be brought: ",
    "2.b.ipynb: copied",
    ".delivered.json: cannot be bro",
  ]);
});
