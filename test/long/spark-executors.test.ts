import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Kube } from "../../cli/kube";
import { runNotebook } from "../../cli/run-notebook";
import { NOTEBOOK_STAGES } from "../../stacks/notebook";
import { type Checkout, checkoutCopy } from "../cluster/support/checkout";
import { header, readTopic, testKafka } from "../cluster/support/kafka";
import { inNamespace, kubectl, kubectlRun, kubeGet, labEnv, labOk, NAMESPACE, type Pod } from "../cluster/support/lab";
import { event, freshIds } from "../cluster/support/load";
import { send } from "../cluster/support/recorded";
import { stackUp } from "../cluster/support/stack-up";

/** Where Spark makes its executors: a namespace of somebody else's, on the same Kubernetes. */
const EXECUTORS = "spark-executors";
const KUBE = "/home/jovyan/work/.kube";
const MINUTES = 60_000;
const COUNT = 1_200;

const kafka = testKafka();
const spark = inNamespace(EXECUTORS);
const topic = `cluster-${Date.now().toString(36)}`;
const id = freshIds();
let checkout: Checkout;

beforeAll(async () => {
  await stackUp("lab", "notebook");
  checkout = checkoutCopy();
  await spark.kubectlRun(
    ["apply", "--filename=-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: rights() }),
  );
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 6, replicationFactor: 1 }] });
  await admin.disconnect();
  const values = Array.from({ length: COUNT }, (_, i) => event(id + i, Date.now()));
  await send(kafka, topic, values);
}, 15 * MINUTES);

afterAll(async () => {
  await kubectl("exec", "notebook-0", "--container=notebook", "--", "rm", "-rf", KUBE).catch(() => undefined);
  await labOk(["up", "--without", "notebook"]);
  checkout.remove();
  await kubectl("delete", "namespace", EXECUTORS, "--wait=false");
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
});

/** What docs/notebooks.md says an account needs. */
function rights(): object[] {
  const metadata = { name: "notebook", namespace: EXECUTORS };
  const resources = ["pods", "configmaps", "services", "persistentvolumeclaims"];
  const verbs = ["get", "list", "watch", "create", "delete", "deletecollection"];
  const rbac = "rbac.authorization.k8s.io";
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: EXECUTORS } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules: [{ apiGroups: [""], resources, verbs }] },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name: "notebook" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
  ];
}

/** Puts a file where nobody but the notebook's user reads it. */
async function putFile(name: string, text: string): Promise<void> {
  const script = `umask 077 && mkdir -p ${KUBE} && cat > ${KUBE}/${name}`;
  await kubectlRun(["exec", "--stdin", "notebook-0", "--container=notebook", "--", "sh", "-c", script], text);
}

test(
  "the same notebook on a Spark whose executors are pods of Kubernetes: they get the notebook's image, and enrich as it does",
  async () => {
    interface Endpoints {
      readonly subsets: readonly { addresses: readonly { ip: string }[]; ports: readonly { port: number }[] }[];
    }
    const [api] = (await kubeGet<Endpoints>("endpoints/kubernetes", "--namespace=default")).subsets;
    const master = `k8s://https://${api?.addresses[0]?.ip}:${api?.ports[0]?.port}`;
    const conf = {
      "spark.kubernetes.namespace": EXECUTORS,
      "spark.kubernetes.authenticate.oauthTokenFile": `${KUBE}/token`,
      "spark.kubernetes.authenticate.caCertFile": `${KUBE}/ca.crt`,
      "spark.executor.instances": "2",
      "spark.executor.memory": "512m",
      "spark.kubernetes.executor.request.cores": "100m",
    };
    const file = join(checkout.path, "stacks", "Pulumi.lab.yaml");
    const settings = JSON.stringify({ master, conf });
    writeFileSync(file, `${readFileSync(file, "utf8").trimEnd()}\n  bigdata-lab:notebook: ${settings}\n`);
    const up = await checkout.lab("up");
    expect(up.code, `${up.stdout}\n${up.stderr}`).toBe(0);
    await putFile("token", await spark.kubectl("create", "token", "notebook"));
    const ca = await spark.kubectl("get", "configmap/kube-root-ca.crt", "--output=jsonpath={.data.ca\\.crt}");
    await putFile("ca.crt", ca);

    const env = await labEnv();
    const kube = new Kube(env.PATH ?? "", env.KUBECONFIG ?? "", NAMESPACE);
    const ran = new Map<string, Pod>();
    let running = true;
    const watch = async () => {
      while (running) {
        const { items } = await spark.kubeGet<{ items: Pod[] }>("pods");
        for (const pod of items) {
          if (pod.status.containerStatuses?.some(({ ready }) => ready)) ran.set(pod.metadata.name, pod);
        }
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    };
    const brokers = `kafka.${NAMESPACE}.svc:9093`;
    const parameters = { mode: "catch-up", source_topic: topic, brokers };
    const run = runNotebook(kube, "1.pyspark-stream-stage", parameters).finally(() => {
      running = false;
    });
    const [result] = await Promise.all([run, watch()]);
    expect(result).toMatchObject({ rows: COUNT, events: COUNT });

    const image = await kubectl("get", "pod/notebook-0", "--output=jsonpath={.spec.containers[0].image}");
    expect(ran.size, "executors have run").toBeGreaterThanOrEqual(2);
    for (const pod of ran.values()) {
      expect(pod).toMatchObject({
        metadata: { labels: { "bigdata-lab/executor-of": "notebook" } },
        spec: { containers: [{ image }] },
      });
    }
    const written = new Map<number, string>();
    await readTopic(kafka, NOTEBOOK_STAGES, (record) => {
      if (header(record, "run") !== result.run) return;
      const made = JSON.parse(String(record.value)) as { id: number; user_id: number };
      expect(made.user_id).toBe(made.id % 10);
      written.set(made.id, String(record.key));
    });
    expect(written.size).toBe(COUNT);
    expect(Math.min(...written.keys())).toBe(id);
  },
  15 * MINUTES,
);
