import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import { podSpec, serviceAccount } from "../core/pod";
import { pathProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { StormPlace } from "./storm-server";
import { PORTS } from "./storm-yaml";

/** The page, and what it asks. */
export interface StormUiShare extends Pick<StormPlace, "place" | "image"> {
  readonly workload: Workload;
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Flags of the JVM. */
  readonly jvm: string;
  /** Files of `/etc/storm`. */
  readonly files: Readonly<Record<string, string>>;
  /** Bootstrap servers of the spouts' Kafka. */
  readonly kafka?: string;
}

/** Declares the page of figures below `parent`. It serves without Nimbus too, and says that it is away. */
export function stormUi(
  { place, image, workload, memoryMiB, millicores, jvm, files, kafka }: StormUiShare,
  parent: pulumi.Resource,
  transform: Transform<k8s.apps.v1.DeploymentArgs> | undefined,
): k8s.apps.v1.Deployment {
  const labels = labelsOf(workload);
  const namespace = place.ref;
  const config = configFiles(`${workload.name}-config`, { workload, namespace, files }, parent);
  const account = serviceAccount(workload, namespace, parent);
  new k8s.core.v1.Service(
    workload.name,
    {
      metadata: { name: workload.name, namespace, labels },
      spec: { selector: podSelector(workload.name), ports: [{ name: "http", port: PORTS.ui, targetPort: "http" }] },
    },
    { parent },
  );
  return new k8s.apps.v1.Deployment(
    workload.name,
    transformed<k8s.apps.v1.DeploymentArgs>(
      {
        metadata: { name: workload.name, namespace, labels },
        spec: {
          replicas: 1,
          selector: { matchLabels: podSelector(workload.name) },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: {
            metadata: { labels },
            spec: podSpec(workload, account, {
              terminationGracePeriodSeconds: 30,
              containers: [
                {
                  name: "ui",
                  image,
                  args: ["ui"],
                  ports: [{ name: "http", containerPort: PORTS.ui }],
                  env: [
                    { name: "STORM_JVM_OPTIONS", value: jvm },
                    ...(kafka === undefined ? [] : [{ name: "STORM_KAFKA", value: kafka }]),
                  ],
                  resources: resources(millicores, memoryMiB),
                  securityContext: containerSecurity(),
                  ...pathProbes({ ready: "/healthz", alive: "/healthz" }, "http"),
                  volumeMounts: [
                    { name: "config", mountPath: "/etc/storm", readOnly: true },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "config", configMap: { name: config.metadata.name } },
                { name: "tmp", emptyDir: { sizeLimit: "32Mi" } },
              ],
            }),
          },
        },
      },
      transform,
    ),
    { parent },
  );
}
