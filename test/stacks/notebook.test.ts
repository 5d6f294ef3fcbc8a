import { expect, test } from "vitest";
import { notebooksFor } from "../../stacks/notebook";
import { planStack, stackConfig, stackInventory } from "../../stacks/plan";
import { readSettings } from "../../stacks/settings";
import { SIZES } from "../../stacks/sizes";

const configOf = (pipelines: readonly string[], notebook?: object) => ({
  "bigdata-lab:pipelines": JSON.stringify(pipelines),
  "bigdata-lab:size": "lab",
  ...(notebook ? { "bigdata-lab:notebook": JSON.stringify(notebook) } : {}),
});
const stackWith = (pipelines: readonly string[], notebook?: object) =>
  stackInventory("lab", configOf(pipelines, notebook));
const names = (files: Readonly<Record<string, string>>) => Object.keys(files).map((file) => file.slice(0, 2));

test("no stack of ours has it unless it is asked for", () => {
  for (const stack of ["lab", "lambda", "smartcar", "all", "staging", "prod"]) {
    expect(readSettings(stackConfig(stack), stack).notebook).toBeUndefined();
  }
});

test("the key alone is enough", () => {
  expect(readSettings(configOf(["kappa"], {}), "lab").notebook).toEqual({
    master: undefined,
    conf: {},
    memoryMiB: undefined,
  });
});

test.each([
  [["smartcar"], {}, /notebook: \["smartcar"\] was given, allowed: only with kappa or lambda/],
  [["kappa"], { master: "yarn" }, /notebook\.master: "yarn" was given, allowed: local\[N\], spark:/],
  [["kappa"], { memoryMiB: 1024 }, /notebook\.memoryMiB: 1024 was given, allowed: a whole number from 1536/],
  [
    ["kappa"],
    { conf: { "spark.master": "local" } },
    /conf: "spark\.master" .* bigdata-lab:notebook\.master decides it/,
  ],
  [["kappa"], { conf: { "spark.ui.port": "1" } }, /conf: "spark\.ui\.port" was given, allowed: keys .* itself$/],
  [["kappa"], { conf: { shuffle: "1" } }, /notebook\.conf: .* allowed: an object of keys spark\./],
  [["kappa"], { conf: { "spark.a": "1\nspark.master x" } }, /notebook\.conf: /],
  [["kappa"], { conf: { "spark.a": 1 } }, /notebook\.conf: /],
  [["kappa"], { memory: 1 }, /notebook\.memory: no such key, allowed: master, conf, memoryMiB/],
])("%s with %j is refused", (pipelines, notebook, message) => {
  expect(() => readSettings(configOf(pipelines, notebook), "lab")).toThrow(message);
});

test("a notebook is there for those who have what it works on", () => {
  expect(names(notebooksFor(["kappa", "lambda"]))).toEqual(["1.", "2.", "3.", "4."]);
  expect(names(notebooksFor(["kappa"]))).toEqual(["1.", "2.", "3."]);
  expect(names(notebooksFor(["lambda", "smartcar"]))).toEqual(["1.", "4."]);
});

test("a notebook knows HDFS by the name that the stack's has", () => {
  const four = (defaultFs?: string) => notebooksFor(["lambda"], defaultFs)["4.pyspark-batch-reindex.ipynb"];
  expect(four()).toContain("hdfs://namenode:8020");
  expect(four("hdfs://lab")).toContain('"hdfs = \\"hdfs://lab\\"');
  expect(four("hdfs://lab")).not.toContain("namenode");
});

test("it has a topic of its own for a day, and only where it is", async () => {
  const topics = async (notebook?: object) => {
    const config = (await stackWith(["kappa"], notebook)).find(({ name }) => name === "topics-config");
    const files = config?.inputs.data as Record<string, string> | undefined;
    const text = files?.["config.json"] ?? "";
    return (JSON.parse(text) as { topics: { name: string; partitions: number; configs: object }[] }).topics;
  };
  const [without, own] = [await topics(), await topics({})];
  expect(own.slice(0, without.length)).toEqual(without);
  expect(own.slice(without.length)).toEqual([
    {
      ...without.find(({ name }) => name === "events_stages"),
      name: "notebook.events_stages",
      configs: expect.objectContaining({ "retention.ms": "86400000", "max.message.bytes": "8388608" }),
    },
  ]);
  const { partitions = 0, configs = {} } = own.at(-1) ?? {};
  const at = (name: string) => Number((configs as Record<string, string>)[name]);
  // A segment goes as a whole, and the one that is written to stays.
  const most = partitions * (at("retention.bytes") + 2 * at("segment.bytes"));
  expect(most).toBeLessThan((SIZES.lab.kafka.storageGiB * 1024 ** 3) / 4);
  expect(at("segment.bytes")).toBeGreaterThan(at("max.message.bytes"));
  expect(at("segment.ms")).toBe(3_600_000);
});

test.each([
  [
    "spark://spark:7077",
    undefined,
    /sparkSecret: nothing was given, allowed: the cluster's spark\.authenticate\.secret/,
  ],
  ["k8s://https://10.0.0.1:6443", "of-the-cluster", /sparkSecret: \[secret\] was given, allowed: only with a master/],
  ["local[4]", "of-the-cluster", /sparkSecret: \[secret\] was given, allowed: only with a master/],
])("master %s with the secret %s is refused", (master, secret, message) => {
  const config = { ...configOf(["kappa"], { master }), ...(secret ? { "bigdata-lab:sparkSecret": secret } : {}) };
  expect(() => readSettings(config, "lab")).toThrow(message);
});

test("the secret of a Spark cluster comes to the notebook in a Secret", async () => {
  const config = {
    ...configOf(["kappa"], { master: "spark://spark:7077" }),
    "bigdata-lab:sparkSecret": "of-the-cluster",
  };
  const all = await stackInventory("lab", config);
  const secret = all.find(({ type, name }) => type.endsWith(":Secret") && name === "notebook-spark");
  const { "spark-defaults.conf": text = "" } = (secret?.inputs.data ?? {}) as Record<string, string>;
  expect(secret?.secretPaths).toEqual(["data"]);
  expect(Buffer.from(text, "base64").toString()).toContain("\nspark.authenticate.secret of-the-cluster\n");
  const others = JSON.stringify(all.filter((one) => one !== secret));
  expect(others.includes("of-the-cluster")).toBe(false);
});

test.each([
  [["kappa"], ["kafka", "mysql"], true],
  [["lambda"], ["kafka", "namenode", "datanode"], false],
  [["kappa", "lambda"], ["kafka", "mysql", "namenode", "datanode"], true],
])("with %j it may call %j", async (pipelines, called, password) => {
  const all = await stackWith(pipelines, {});
  const policy = all.find(({ type, name }) => type.endsWith(":NetworkPolicy") && name === "notebook-edges");
  const spec = policy?.inputs.spec as { egress: unknown } | undefined;
  const text = JSON.stringify(spec?.egress);
  const found = [...text.matchAll(/"app\.kubernetes\.io\/name":"([a-z-]+)"/g)].map(([, name]) => name);
  expect([...new Set(found)].sort()).toEqual([...called].sort());
  const set = all.find(({ type, name }) => type.endsWith(":StatefulSet") && name === "notebook");
  expect(JSON.stringify(set?.inputs).includes("mysql-scott")).toBe(password);
});

test("its memory is what the settings say, else what the size says", async () => {
  const memory = async (notebook: object) =>
    (await planStack("lab", configOf(["kappa"], notebook))).find(({ workload }) => workload === "notebook")?.memoryMiB;
  expect(await memory({})).toBe(1536);
  expect(await memory({ memoryMiB: 3072 })).toBe(3072);
});
