import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { jvmOptions } from "../core/jvm-memory";
import { labelsOf, podSelector } from "../core/labels";
import { type SecretFile, secretFiles } from "../core/password";
import { disruptionBudget, podSpec, type Spread, serviceAccount } from "../core/pod";
import { pathProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import type { RoleMemory, RoleShare } from "./memory";
import { ROLE_FACTS, type Role, roleWorkload } from "./roles";
import { DATA_PATH, HOST_VARIABLE } from "./runtime-properties";

/** Time to publish what can be published and to hand queries over. */
const GRACE_SECONDS = 60;
/** HDFS user of all clients. */
const HDFS_USER = "lab";

/** How often a role runs, and with what. */
export interface RoleInstances extends RoleShare {
  /** Instances. @default 1 */
  readonly replicas?: number;
  /** Volume of one instance, of roles that keep files: segments of a Historical, an Indexer's unfinished work. @default 4 */
  readonly storageGiB?: number;
}

export interface DruidRoleArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  readonly instances: RoleInstances;
  readonly memory: RoleMemory;
  /** The role's directory of configuration, by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** Password of the metadata store, for the role that needs it. */
  readonly secret: SecretFile | undefined;
  readonly spread: Spread;
  readonly transform?: {
    readonly deployment?: Transform<k8s.apps.v1.DeploymentArgs>;
    readonly statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs>;
  };
}

/** Declares one role below `parent`: its configuration, its Service and its pods. */
export function druidRole(role: Role, args: DruidRoleArgs, parent: pulumi.Resource): void {
  const workload = roleWorkload(role);
  const { name } = workload;
  const { port, stateful } = ROLE_FACTS[role];
  const { place, instances } = args;
  const child = { parent };
  const namespace = place.ref;
  const metadata = { name, namespace, labels: labelsOf(workload) };
  const config = configFiles(`${name}-config`, { workload, namespace, files: args.files }, parent);
  const service = new k8s.core.v1.Service(
    name,
    {
      metadata,
      spec: {
        selector: podSelector(name),
        // Each pod is called by a name of its own, and before it is ready: its work is given to it.
        ...(stateful ? { clusterIP: "None", publishNotReadyAddresses: true } : {}),
        ports: [{ name: "http", port, targetPort: "http" }],
      },
    },
    child,
  );
  const { replicas = 1, storageGiB = 4 } = instances;
  if (replicas > 1) disruptionBudget(workload, namespace, parent);
  const spec = {
    replicas,
    selector: { matchLabels: podSelector(name) },
    template: {
      metadata: { labels: labelsOf(workload) },
      spec: rolePod(role, args, config.metadata.name, parent),
    },
  };
  if (stateful) {
    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata,
          spec: {
            ...spec,
            serviceName: service.metadata.name,
            podManagementPolicy: "Parallel",
            updateStrategy: { type: "RollingUpdate" },
            // All of it is on HDFS or in Kafka as well.
            ...dataVolume(name, storageGiB),
          },
        },
        args.transform?.statefulSet,
      ),
      child,
    );
  } else {
    new k8s.apps.v1.Deployment(
      name,
      transformed<k8s.apps.v1.DeploymentArgs>(
        {
          metadata,
          spec: {
            ...spec,
            revisionHistoryLimit: 2,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
          },
        },
        args.transform?.deployment,
      ),
      child,
    );
  }
}

function rolePod(
  role: Role,
  { place, image, instances, memory, secret, spread }: DruidRoleArgs,
  config: pulumi.Input<string>,
  parent: pulumi.Resource,
): k8s.types.input.core.v1.PodSpec {
  const workload = roleWorkload(role);
  const { port, readyPath, stateful, servers } = ROLE_FACTS[role];
  const { memoryMiB, millicores } = instances;
  const secrets = secret && secretFiles("mysql", [secret]);
  const variable = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  // A name that outlives the pod tells the Overlord at once what became of the tasks of the pod before.
  const host = stateful
    ? [
        variable("POD_NAME", "metadata.name"),
        { name: HOST_VARIABLE, value: `$(POD_NAME).${workload.name}.${place.name}.svc.cluster.local` },
      ]
    : [variable(HOST_VARIABLE, "status.podIP")];
  return podSpec(
    workload,
    serviceAccount(workload, place.ref, parent),
    {
      terminationGracePeriodSeconds: GRACE_SECONDS,
      containers: [
        {
          name: role,
          image,
          args: [role],
          ports: [{ name: "http", containerPort: port }],
          env: [
            { name: "DRUID_JVM_OPTIONS", value: jvmOptions(memory.jvm, memoryMiB) },
            ...host,
            ...(servers.includes("hdfs") ? [{ name: "HADOOP_USER_NAME", value: HDFS_USER }] : []),
          ],
          resources: resources(millicores, memoryMiB),
          securityContext: containerSecurity(),
          ...pathProbes({ ready: readyPath, alive: "/status/health" }, "http", { startSeconds: 300 }),
          volumeMounts: [
            { name: "config", mountPath: "/etc/druid", readOnly: true },
            { name: "tmp", mountPath: "/tmp" },
            ...(stateful ? [{ name: "data", mountPath: DATA_PATH }] : []),
            ...(secrets ? [secrets.mount] : []),
          ],
        },
      ],
      volumes: [
        { name: "config", configMap: { name: config } },
        { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
        ...(secrets ? [secrets.volume] : []),
      ],
    },
    spread,
  );
}
