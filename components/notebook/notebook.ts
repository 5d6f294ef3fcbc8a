import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { password, type SecretFile, secretFiles } from "../core/password";
import { podSpec, serviceAccount } from "../core/pod";
import { type Probes, pathProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import {
  BLOCK_PORT,
  DRIVER_PORT,
  EXECUTOR_LABELS,
  hasExecutors,
  masterPorts,
  SPARK_UI_PORT,
  sparkDefaults,
} from "./spark-conf";
import { isOnKubernetes } from "./spark-keys";

const WORKLOAD: Workload = { name: "notebook", component: "notebook" };
const PORT = 8888;
const HOME = "/home/jovyan";
const WORK = `${HOME}/work`;
/** Where the stack's notebooks are, read-only. */
const SOURCES = "/opt/notebooks";
/** A kernel starts in two seconds, and in twenty on a machine whose cores are all taken. */
const KERNEL_SECONDS = 60;
/** What brings the stack's notebooks to a person. */
const DELIVERY = { memoryMiB: 64, millicores: 10 };

export interface NotebookArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  /** Memory limit: JupyterLab, kernels, and Spark's driver with what is left. */
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Volume for people's own work. */
  readonly storageGiB: number;
  /** The stack's notebooks, texts by file names; people work on copies. */
  readonly notebooks: Readonly<Record<string, string>>;
  /** Static tables, JSON lines by the table's name; found at `work/data/<name>/<name>.json`. */
  readonly tables: Readonly<Record<string, string>>;
  /** URL of Spark's master. @default "local[2]", in the pod itself */
  readonly master?: string | undefined;
  /** Further settings of Spark; they win over defaults. @default none */
  readonly conf?: Readonly<Record<string, string>>;
  /** Secret of a cluster of Spark's own, `spark://…`, which needs one. @default none */
  readonly clusterSecret?: string | undefined;
  /** Servers that notebooks call. */
  readonly calls: readonly Endpoint[];
  /** Configuration of HDFS's clients, by file name. @default no HDFS */
  readonly hadoopFiles?: Readonly<Record<string, string>> | undefined;
  /** Passwords that notebooks need, mounted below `/etc/secrets/<group>`. @default none */
  readonly secrets?: { readonly group: string; readonly files: readonly SecretFile[] } | undefined;
  readonly transform?: { readonly statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

type PodSpec = k8s.types.input.core.v1.PodSpec;
type Mount = k8s.types.input.core.v1.VolumeMount;
type Volume = k8s.types.input.core.v1.Volume;

/** Ready once a kernel has started and computed; from then on, while the server answers. */
function notebookProbes(): Probes {
  const answers = pathProbes({ ready: "/api", alive: "/api" }, "http", { stuckSeconds: 120 });
  return {
    ...answers,
    startupProbe: {
      exec: { command: ["kernel-computes"] },
      periodSeconds: 2,
      timeoutSeconds: KERNEL_SECONDS,
      failureThreshold: 60,
    },
  };
}

/** Has executors on Kubernetes run the notebook's own image, which has all that the notebook's Spark has, unless another is named. */
function executorImage({ master = "", conf = {}, image }: NotebookArgs): k8s.types.input.core.v1.EnvVar[] {
  const named = ["spark.kubernetes.container.image", "spark.kubernetes.executor.container.image"].some(
    (key) => conf[key],
  );
  if (!isOnKubernetes(master) || named) return [];
  // Not in spark-defaults.conf: that file's name follows from its text, and the image's name is not known yet.
  const value = pulumi.interpolate`--conf spark.kubernetes.container.image=${image} pyspark-shell`;
  return [{ name: "PYSPARK_SUBMIT_ARGS", value }];
}

/**
 * JupyterLab with Spark, for one person at a time. What people make lies on a volume that outlives the workload: who takes it
 * out of the stack and back in finds it again.
 */
export class Notebook extends pulumi.ComponentResource implements NetworkNeeds {
  /** The token that opens the pages. */
  static readonly token: SecretFile = { secret: "notebook-token", file: "token" };

  readonly workload = WORKLOAD;
  readonly calls: readonly Endpoint[];
  readonly openPorts: readonly number[];
  readonly outsidePorts: readonly number[];
  readonly helpers: Readonly<Record<string, string>> | undefined;
  readonly helperPorts: readonly number[];

  constructor(name: string, args: NotebookArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, master = "local[2]", conf = {}, clusterSecret, memoryMiB, storageGiB } = args;
    const executors = hasExecutors(master);
    const host = `${WORKLOAD.name}.${place.name}.svc`;
    const spark = sparkDefaults({ memoryMiB, master, host, conf, clusterSecret }); // throws before anything is registered
    super("platform:notebook:Notebook", name, {}, opts);
    this.calls = args.calls;
    this.openPorts = [PORT];
    this.outsidePorts = executors ? [...masterPorts(master), BLOCK_PORT] : [];
    this.helpers = executors ? EXECUTOR_LABELS : undefined;
    this.helperPorts = executors ? [DRIVER_PORT, BLOCK_PORT] : [];
    const child = { parent: this };
    const labels = labelsOf(WORKLOAD);
    const namespace = place.ref;

    const token = password({ namespace, workload: WORKLOAD, ...Notebook.token }, this);
    const account = serviceAccount(WORKLOAD, namespace, this);
    const ports = {
      http: PORT,
      "spark-ui": SPARK_UI_PORT,
      ...(executors ? { driver: DRIVER_PORT, blocks: BLOCK_PORT } : {}),
    };
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: { name: WORKLOAD.name, namespace, labels },
        spec: {
          selector: podSelector(WORKLOAD.name),
          ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number, targetPort: port })),
        },
      },
      child,
    );
    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata: { name: WORKLOAD.name, namespace, labels },
          spec: {
            replicas: 1,
            serviceName: service.metadata.name,
            selector: { matchLabels: podSelector(WORKLOAD.name) },
            updateStrategy: { type: "RollingUpdate" },
            ...dataVolume(WORKLOAD.name, storageGiB, true),
            template: {
              metadata: { labels },
              spec: podSpec(WORKLOAD, account, this.pod(args, spark, ports)),
            },
          },
        },
        args.transform?.statefulSet,
      ),
      { ...child, dependsOn: [token] },
    );
    this.registerOutputs({});
  }

  /** Declares the files of the pod, and gives what is the notebook's own in its spec. */
  private pod(args: NotebookArgs, spark: string, ports: Readonly<Record<string, number>>): PodSpec {
    const { image, tables, hadoopFiles } = args;
    const secrets = [
      secretFiles("notebook", [Notebook.token]),
      ...(args.secrets ? [secretFiles(args.secrets.group, args.secrets.files)] : []),
    ];
    const configMap = (role: string, files: Readonly<Record<string, string>>): Volume => {
      const prefix = `${WORKLOAD.name}-${role}`;
      const config = configFiles(prefix, { workload: WORKLOAD, namespace: args.place.ref, files, prefix }, this);
      return { name: role, configMap: { name: config.metadata.name } };
    };
    const tableFiles = Object.fromEntries(Object.entries(tables).map(([table, text]) => [`${table}.json`, text]));
    const work: Mount = { name: "data", mountPath: WORK };
    const home: Mount = { name: "home", mountPath: HOME };
    const sources: Mount = { name: "sources", mountPath: SOURCES, readOnly: true };
    return {
      terminationGracePeriodSeconds: 30,
      initContainers: [
        {
          name: "deliver",
          image,
          command: ["/opt/notebook/bin/deliver-notebooks", SOURCES, WORK],
          resources: resources(DELIVERY.millicores, DELIVERY.memoryMiB),
          securityContext: containerSecurity(),
          volumeMounts: [work, sources],
        },
      ],
      containers: [
        {
          name: "notebook",
          image,
          ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })),
          env: [
            { name: "SPARK_CONF_DIR", value: "/etc/lab/spark" },
            ...(hadoopFiles ? [{ name: "HADOOP_CONF_DIR", value: "/etc/hadoop" }] : []),
            { name: "HADOOP_USER_NAME", value: "lab" },
            ...executorImage(args),
          ],
          resources: resources(args.millicores, args.memoryMiB),
          securityContext: containerSecurity(),
          ...notebookProbes(),
          volumeMounts: [
            home,
            work,
            ...Object.keys(tables).map((table) => ({
              name: "tables",
              mountPath: `${WORK}/data/${table}/${table}.json`,
              subPath: `${table}.json`,
              readOnly: true,
            })),
            sources,
            { name: "spark", mountPath: "/etc/lab/spark", readOnly: true },
            ...(hadoopFiles ? [{ name: "hadoop", mountPath: "/etc/hadoop", readOnly: true }] : []),
            { name: "tmp", mountPath: "/tmp" },
            ...secrets.map(({ mount }) => mount),
          ],
        },
      ],
      volumes: [
        { name: "home", emptyDir: { sizeLimit: "256Mi" } },
        configMap("tables", tableFiles),
        configMap("sources", args.notebooks),
        args.clusterSecret === undefined
          ? configMap("spark", { "spark-defaults.conf": spark })
          : this.secretConf(args.place, spark),
        ...(hadoopFiles ? [configMap("hadoop", hadoopFiles)] : []),
        { name: "tmp", emptyDir: { sizeLimit: "2Gi" } },
        ...secrets.map(({ volume }) => volume),
      ],
    };
  }

  /** Declares Spark's settings where they hold a secret. The name says nothing of it: pods stay, and sessions to come read it. */
  private secretConf({ ref: namespace }: Place, text: string): Volume {
    const name = `${WORKLOAD.name}-spark`;
    const data = pulumi.secret({ "spark-defaults.conf": Buffer.from(text).toString("base64") });
    new k8s.core.v1.Secret(
      name,
      { metadata: { name, namespace, labels: labelsOf(WORKLOAD) }, type: "Opaque", data },
      { parent: this, additionalSecretOutputs: ["data"] },
    );
    return { name: "spark", secret: { secretName: name, defaultMode: 0o440 } };
  }
}
