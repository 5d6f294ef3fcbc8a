import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import { type SecretFile, secretFiles } from "../core/password";
import { disruptionBudget, podSpec, type Spread, serviceAccount } from "../core/pod";
import { tcpProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import { DATA_DIRECTORY } from "./storm-yaml";

/** What all servers of one Storm have in common. */
export interface StormPlace {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  /** Keep volumes when the stack goes, and refuse to let it go. @default false */
  readonly keepData?: boolean;
  /** @default "none" */
  readonly spread?: Spread;
}

/** A kind of server with stable names, each with a volume. */
export interface StormServers {
  readonly workload: Workload;
  /** Headless Service that gives the pods their names. */
  readonly service: string;
  /** What the image's launcher is told to start. */
  readonly role: "nimbus" | "supervisor";
  readonly replicas: number;
  /** Memory limit of the pod. */
  readonly memoryMiB: number;
  readonly millicores: number;
  readonly storageGiB: number;
  /** Flags of the JVM. */
  readonly jvm: string;
  /** Port that is open when it serves. */
  readonly port: number;
  /** Text of storm.yaml. */
  readonly settings: string;
  readonly secrets?: { readonly group: string; readonly files: readonly SecretFile[] };
  readonly transform?: Transform<k8s.apps.v1.StatefulSetArgs>;
}

/** Declares the servers of one kind below `parent`. */
export function stormServers(
  { place, image, keepData = false, spread = "none" }: StormPlace,
  servers: StormServers,
  parent: pulumi.Resource,
): k8s.apps.v1.StatefulSet {
  const { workload, service, role, replicas, memoryMiB, millicores, storageGiB, jvm, port, settings } = servers;
  const labels = labelsOf(workload);
  const namespace = place.ref;
  const files = { "storm.yaml": settings };
  const config = configFiles(`${workload.name}-config`, { workload, namespace, files }, parent);
  const account = serviceAccount(workload, namespace, parent);
  const secrets = servers.secrets && secretFiles(servers.secrets.group, servers.secrets.files);
  const host = `$(POD_NAME).${service}.${place.name}.svc.cluster.local`;
  const headless = new k8s.core.v1.Service(
    service,
    {
      metadata: { name: service, namespace, labels },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true, // a Nimbus looks up its own name before it is ready
        selector: podSelector(workload.name),
        ports: [{ name: "thrift", port, targetPort: "thrift" }],
      },
    },
    { parent },
  );
  if (replicas > 1) disruptionBudget(workload, namespace, parent);
  return new k8s.apps.v1.StatefulSet(
    workload.name,
    transformed<k8s.apps.v1.StatefulSetArgs>(
      {
        metadata: { name: workload.name, namespace, labels },
        spec: {
          replicas,
          serviceName: headless.metadata.name,
          selector: { matchLabels: podSelector(workload.name) },
          podManagementPolicy: "Parallel",
          updateStrategy: { type: "RollingUpdate" },
          ...dataVolume(workload.name, storageGiB, keepData),
          template: {
            metadata: { labels },
            spec: podSpec(
              workload,
              account,
              {
                terminationGracePeriodSeconds: 30,
                containers: [
                  {
                    name: role,
                    image,
                    args: [role],
                    ports: [{ name: "thrift", containerPort: port }],
                    env: [
                      { name: "STORM_JVM_OPTIONS", value: jvm },
                      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                      { name: "STORM_HOST", value: host },
                      { name: "AWAITED_HOSTS", value: host },
                    ],
                    resources: resources(millicores, memoryMiB),
                    securityContext: containerSecurity(),
                    ...tcpProbes("thrift"),
                    volumeMounts: [
                      { name: "config", mountPath: "/etc/storm", readOnly: true },
                      { name: "data", mountPath: DATA_DIRECTORY },
                      { name: "tmp", mountPath: "/tmp" },
                      ...(secrets ? [secrets.mount] : []),
                    ],
                  },
                ],
                volumes: [
                  { name: "config", configMap: { name: config.metadata.name } },
                  { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
                  ...(secrets ? [secrets.volume] : []),
                ],
              },
              spread,
            ),
          },
        },
      },
      servers.transform,
    ),
    { parent, protect: keepData },
  );
}
