import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { podSpec, serviceAccount } from "../core/pod";
import { pageProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import {
  BUFFER_DIRECTORY,
  type FluentdShape,
  FORWARD_PORT,
  fluentConf,
  fluentdProblem,
  MONITOR_PORT,
} from "./fluent-conf";

/** Both buffers, and room for their metadata. */
const BUFFERS = 2;

export interface FluentdArgs extends FluentdShape {
  readonly place: Place;
  /** The official image with the plugins kafka and webhdfs, see `image/Dockerfile`. */
  readonly image: pulumi.Input<string>;
  /** Kafka, the NameNodes and the DataNodes: WebHDFS sends a writer on to one of them. */
  readonly calls: readonly Endpoint[];
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Volume of the buffers. */
  readonly storageGiB: number;
  /** Keep the volume when the stack goes, and refuse to let it go. @default false */
  readonly keepData?: boolean;
  readonly transform?: { statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

/**
 * fluentd as the collector of both layers: each event is copied to a Kafka topic and to HDFS, at least once to each. For
 * clusters that reach fluentd's registry; the lab does not, and collects with `generate` and Flume.
 */
export class Fluentd extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];
  /** Where events are handed over, for a source of type `forward`. */
  readonly endpoint: Endpoint;

  constructor(name: string, args: FluentdArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, memoryMiB, millicores, storageGiB, keepData = false } = args;
    const problem =
      fluentdProblem(args) ??
      (args.bufferMiB * BUFFERS >= storageGiB * 1024
        ? `bufferMiB must be below half of the volume (${storageGiB} GiB), got ${args.bufferMiB}`
        : undefined);
    if (problem) throw new pulumi.RunError(`Fluentd "${name}": ${problem}`);
    super("platform:fluentd:Fluentd", name, {}, opts);
    this.workload = { name, component: "collector" };
    this.calls = args.calls;
    this.endpoint = { workload: name, host: name, port: FORWARD_PORT };
    const child = { parent: this };
    const labels = labelsOf(this.workload);
    const namespace = place.ref;
    const forwarded = args.source.type === "forward";

    const files = { "fluent.conf": fluentConf(args) };
    const config = configFiles(`${name}-config`, { workload: this.workload, namespace, files }, this);
    const account = serviceAccount(this.workload, namespace, this);
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: { name, namespace, labels },
        spec: {
          selector: podSelector(name),
          ports: [
            forwarded
              ? { name: "forward", port: FORWARD_PORT, targetPort: "forward" }
              : { name: "monitor", port: MONITOR_PORT, targetPort: "monitor" },
          ],
        },
      },
      child,
    );
    const page = "/api/plugins.json"; // fluentd's monitor has no other that says it is alive

    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata: { name, namespace, labels },
          spec: {
            replicas: 1,
            serviceName: service.metadata.name,
            selector: { matchLabels: podSelector(name) },
            updateStrategy: { type: "RollingUpdate" },
            ...dataVolume(name, storageGiB, keepData),
            template: {
              metadata: { labels },
              spec: podSpec(this.workload, account, {
                terminationGracePeriodSeconds: 60,
                containers: [
                  {
                    name: "fluentd",
                    image: args.image,
                    ports: [
                      { name: "monitor", containerPort: MONITOR_PORT },
                      ...(forwarded ? [{ name: "forward", containerPort: FORWARD_PORT }] : []),
                    ],
                    resources: resources(millicores, memoryMiB),
                    securityContext: containerSecurity(),
                    ...pageProbes({ started: page, alive: page }, "monitor", { startSeconds: 180 }),
                    volumeMounts: [
                      { name: "config", mountPath: "/fluentd/etc", readOnly: true },
                      { name: "data", mountPath: BUFFER_DIRECTORY },
                      { name: "tmp", mountPath: "/tmp" },
                    ],
                  },
                ],
                volumes: [
                  { name: "config", configMap: { name: config.metadata.name } },
                  { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
                ],
              }),
            },
          },
        },
        args.transform?.statefulSet,
      ),
      { ...child, protect: keepData },
    );
    this.registerOutputs({});
  }
}
