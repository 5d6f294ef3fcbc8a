import { expect, test } from "vitest";
import { manifests, podOwner } from "../../components/core/manifest";
import { networkPolicies } from "../../components/core/network";
import { parseMiB } from "../../components/core/quantity";
import { Notebook, type NotebookArgs } from "../../components/notebook/notebook";
import { masterPorts, sparkDefaults } from "../../components/notebook/spark-conf";
import { OWN_KEYS } from "../../components/notebook/spark-keys";
import { inventory } from "../../stacks/inventory";

const kafka = { workload: "kafka", host: "kafka", port: 9093 };
const args: NotebookArgs = {
  place: { name: "lab", ref: "lab" },
  image: "notebook:0123456789abcdef",
  memoryMiB: 1536,
  millicores: 100,
  storageGiB: 1,
  notebooks: { "1.a.ipynb": "{}" },
  tables: { names: '{"uid":0,"name":"김하늘"}\n' },
  calls: [kafka],
};

/** What a notebook with these arguments declares. */
async function declared(changed: Partial<NotebookArgs> = {}) {
  let made: Notebook | undefined;
  const resources = await inventory(() => {
    made = new Notebook("notebook", { ...args, ...changed });
  });
  const objects = manifests(resources);
  const set = objects.find(({ kind }) => kind === "StatefulSet");
  const spec = set && podOwner(set)?.spec;
  const [container] = spec?.containers ?? [];
  if (!made || !set || !spec || !container) throw new Error("no pod was declared");
  const files = Object.assign(
    {},
    ...objects.filter(({ kind }) => kind === "ConfigMap").map(({ data }) => data),
  ) as Record<string, string>;
  for (const { data } of objects.filter(
    ({ kind, metadata }) => kind === "Secret" && metadata?.name === "notebook-spark",
  )) {
    for (const [file, text] of Object.entries(data ?? {})) files[file] = Buffer.from(text, "base64").toString();
  }
  return { made, resources, objects, set, spec, container, files };
}

/** Settings of a spark-defaults.conf by key. */
function settingsOf(text: string): Record<string, string> {
  const lines = text.trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => [line.split(" ")[0], line.slice(line.indexOf(" ") + 1)]));
}

const clusterSecret = "of-the-cluster";
const shape = { memoryMiB: 1536, master: "local[2]", host: "notebook.lab.svc", conf: {} };

test("Spark's heap and all else of its JVM leave Python its part of the limit", () => {
  const settings = settingsOf(sparkDefaults(shape));
  const sizes = Object.entries(settings).flatMap(([key, value]) =>
    /memory$|Options$/.test(key) ? [...value.matchAll(/(\d+)m\b/g)].map(([, mib]) => Number(mib)) : [],
  );
  expect(sizes).toHaveLength(4);
  expect(sizes.reduce((sum, mib) => sum + mib, 0)).toBeLessThanOrEqual(1536 - 480 - 106);
  expect(Number.parseInt(settings["spark.driver.memory"] ?? "", 10)).toBeGreaterThan(470); // Spark refuses less
});

test("a limit that is too small for Spark is refused, with the least that would do", async () => {
  await expect(declared({ memoryMiB: 1024 })).rejects.toThrow(
    /notebook: a memory limit of 544 MiB .* at least \d+ MiB/,
  );
});

test("more memory is more heap", () => {
  const heap = (memoryMiB: number) =>
    Number.parseInt(settingsOf(sparkDefaults({ ...shape, memoryMiB }))["spark.driver.memory"] ?? "", 10);
  expect(heap(4096)).toBeGreaterThan(heap(1536) + 1500);
});

test("what is given wins over defaults, and a backslash stays one", () => {
  const settings = settingsOf(
    sparkDefaults({ ...shape, conf: { "spark.sql.shuffle.partitions": "200", "spark.redaction.regex": "a\\d" } }),
  );
  expect(settings).toMatchObject({ "spark.sql.shuffle.partitions": "200", "spark.redaction.regex": "a\\\\d" });
  // Spark takes = and : before a value for what separates it from its key.
  const secret = sparkDefaults({ ...shape, master: "spark://spark:7077", clusterSecret: ":=x" });
  expect(settingsOf(secret)["spark.authenticate.secret"]).toBe("\\:=x");
  expect(settings["spark.sql.session.timeZone"]).toBe("Asia/Seoul");
});

test("keys that nobody else may set are those that are set here", () => {
  const set = settingsOf(sparkDefaults({ ...shape, master: "spark://spark:7077", clusterSecret }));
  expect(Object.keys(set)).toEqual(expect.arrayContaining(Object.keys(OWN_KEYS)));
});

test("in the pod itself Spark is reached by nobody; executors elsewhere reach it at ports that stay", async () => {
  const alone = await declared();
  expect(alone.files["spark-defaults.conf"]).toContain("spark.driver.host 127.0.0.1\n");
  const { openPorts, helperPorts, outsidePorts } = alone.made;
  expect([openPorts, helperPorts, outsidePorts]).toEqual([[8888], [], []]);
  const master = "spark://one:7077,two:7078";
  const cluster = await declared({ master, clusterSecret });
  expect(settingsOf(cluster.files["spark-defaults.conf"] ?? "")).toMatchObject({
    "spark.master": master,
    "spark.driver.host": "notebook.lab.svc",
    "spark.driver.port": "7078",
    "spark.driver.blockManager.port": "7079",
  });
  const { spec } = cluster.objects.find(({ kind }) => kind === "Service") ?? {};
  expect(spec?.ports).toEqual([
    { name: "http", port: 8888, targetPort: "http" },
    { name: "spark-ui", port: 4040, targetPort: "spark-ui" },
    { name: "driver", port: 7078, targetPort: "driver" },
    { name: "blocks", port: 7079, targetPort: "blocks" },
  ]);
  const [policy] = networkPolicies([cluster.made, { workload: { name: "kafka", component: "broker" }, calls: [] }]);
  expect(settingsOf(cluster.files["spark-defaults.conf"] ?? "")["spark.jars"]).toBe("/opt/notebook/jars/*.jar");
  const open = (port: number) => ({ ports: [{ protocol: "TCP", port }] });
  const from = [{ namespaceSelector: {}, podSelector: { matchLabels: { "bigdata-lab/executor-of": "notebook" } } }];
  expect(policy?.spec.ingress).toEqual([open(8888), ...[7078, 7079].map((port) => ({ from, ...open(port) }))]);
  expect(policy?.spec.egress).toEqual(expect.arrayContaining([7077, 7078, 7079].map(open)));
});

test("executors' pods may call what the notebook calls, whoever's they are", async () => {
  const broker = { workload: { name: "kafka", component: "broker" }, calls: [] };
  const peers = async (master?: string) => {
    const [, policy] = networkPolicies([(await declared({ master, clusterSecret })).made, broker]);
    const rules = (policy?.spec.ingress ?? []) as { from: unknown[] }[];
    return rules.flatMap(({ from }) => from.slice(1));
  };
  expect(await peers()).toEqual([]);
  const labels = { "bigdata-lab/executor-of": "notebook" };
  expect(await peers("spark://one:7077")).toEqual([{ namespaceSelector: {}, podSelector: { matchLabels: labels } }]);
  const kubernetes = sparkDefaults({ ...shape, master: "k8s://https://10.0.0.1:6443" });
  expect(kubernetes).toContain("spark.kubernetes.executor.label.bigdata-lab/executor-of notebook\n");
});

test("executors of a cluster are asked for a secret: Spark's own on Kubernetes, the cluster's elsewhere", () => {
  expect(sparkDefaults(shape)).not.toContain("spark.authenticate");
  const kubernetes = settingsOf(sparkDefaults({ ...shape, master: "k8s://https://10.0.0.1:6443" }));
  expect(kubernetes["spark.authenticate"]).toBe("true");
  expect(kubernetes).not.toHaveProperty("spark.authenticate.secret");
  const standalone = { ...shape, master: "spark://one:7077" };
  expect(() => sparkDefaults(standalone)).toThrow("notebook: a secret is needed for spark://one:7077");
  expect(settingsOf(sparkDefaults({ ...standalone, clusterSecret }))).toMatchObject({
    "spark.authenticate": "true",
    "spark.authenticate.secret": clusterSecret,
  });
});

test("executors on Kubernetes run the notebook's own image, unless another is named", async () => {
  const submitted = async (args: Parameters<typeof declared>[0]) => {
    const { container } = await declared(args);
    return [container.env?.find(({ name }) => name === "PYSPARK_SUBMIT_ARGS")?.value, container.image] as const;
  };
  const master = "k8s://https://10.0.0.1:6443";
  const [value, image] = await submitted({ master });
  expect(value).toBe(`--conf spark.kubernetes.container.image=${image} pyspark-shell`);
  for (const key of ["spark.kubernetes.container.image", "spark.kubernetes.executor.container.image"])
    expect((await submitted({ master, conf: { [key]: "their/spark:4.0.0" } }))[0]).toBeUndefined();
  expect((await submitted({ master: "spark://one:7077", clusterSecret }))[0]).toBeUndefined();
  expect((await submitted({}))[0]).toBeUndefined();
});

test.each([
  ["local[2]", []],
  ["spark://a:7077", [7077]],
  ["k8s://https://10.0.0.1:6443", [6443]],
])("ports of %s", (master, ports) => {
  expect(masterPorts(master)).toEqual(ports);
});

test("the volume outlives the workload", async () => {
  const { set } = await declared();
  expect(set.spec?.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: "Retain", whenScaled: "Retain" });
});

test("it is ready when a kernel computes, and alive while the server answers", async () => {
  const { container } = await declared();
  expect(container.startupProbe?.exec?.command).toEqual(["kernel-computes"]);
  expect(container.readinessProbe?.httpGet).toEqual({ path: "/api", port: "http" });
  expect(container.livenessProbe?.httpGet).toEqual({ path: "/api", port: "http" });
  expect(parseMiB(container.resources?.limits?.memory ?? "")).toBe(1536);
});

test("the token is random, a secret to Pulumi, and a file", async () => {
  const { resources, container, spec } = await declared();
  const secret = resources.find(({ type }) => type.endsWith(":Secret"));
  expect(secret?.secretPaths).toEqual(["data"]);
  const [token = ""] = Object.values(secret?.inputs.data as Record<string, string>);
  expect(Buffer.from(token, "base64").length).toBeGreaterThanOrEqual(22);
  expect(container.volumeMounts).toContainEqual({
    name: "secrets-notebook",
    mountPath: "/etc/secrets/notebook",
    readOnly: true,
  });
  expect(JSON.stringify(spec)).not.toContain(token);
  expect(container.env?.map(({ name }) => name)).toEqual(["SPARK_CONF_DIR", "HADOOP_USER_NAME"]);
});

test("tables are files that nobody can change, in directories that are the person's", async () => {
  const { container, files, spec } = await declared();
  expect(container.volumeMounts).toContainEqual({
    name: "tables",
    mountPath: "/home/jovyan/work/data/names/names.json",
    subPath: "names.json",
    readOnly: true,
  });
  expect(files["names.json"]).toBe(args.tables.names);
  const [deliver] = spec.initContainers ?? [];
  expect(deliver?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(["/home/jovyan/work", "/opt/notebooks"]);
  const order = container.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
  expect(order.indexOf("/home/jovyan")).toBeLessThan(order.indexOf("/home/jovyan/work"));
});

test("HDFS and passwords are there for those who need them", async () => {
  const { container, files } = await declared({
    hadoopFiles: { "core-site.xml": "<configuration/>" },
    secrets: { group: "mysql", files: [{ secret: "mysql-scott", file: "scott" }] },
  });
  expect(container.env).toContainEqual({ name: "HADOOP_CONF_DIR", value: "/etc/hadoop" });
  expect(files["core-site.xml"]).toBe("<configuration/>");
  expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).toContain("/etc/secrets/mysql");
});
