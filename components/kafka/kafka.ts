import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { type JvmNeeds, jvmMemory, jvmOptions } from "../core/jvm-memory";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { disruptionBudget, podSpec, type Spread, serviceAccount } from "../core/pod";
import { tcpProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import {
  CONTROLLER_PORT,
  clusterId,
  KAFKA_PORT,
  type KafkaShape,
  log4j2Properties,
  serverProperties,
  shapeProblem,
} from "./server-properties";

const WORKLOAD: Workload = { name: "kafka", component: "broker" };
const BROKERS = "kafka-brokers";

export interface KafkaArgs extends KafkaShape {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  /** Memory limit of one broker; its JVM is fitted into it. */
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Volume of one broker. */
  readonly storageGiB: number;
  /** Keep volumes when the stack goes, and refuse to let it go. @default false */
  readonly keepData?: boolean;
  /** @default "none" */
  readonly spread?: Spread;
  readonly transform?: { statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

/** Non-heap parts of a broker: measured 100 MiB of classes and code, the rest grows with its clients. */
function needs(memoryMiB: number): JvmNeeds {
  return { directMiB: memoryMiB < 1024 ? 32 : 128, threads: memoryMiB < 1024 ? 70 : 120, maxHeapShare: 0.5 };
}

/** Kafka in KRaft mode: each broker is a controller too, so the cluster needs nothing besides itself. */
export class Kafka extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload = WORKLOAD;
  /** Bootstrap address for clients. */
  readonly endpoint: Endpoint = { workload: WORKLOAD.name, host: "kafka", port: KAFKA_PORT };
  /** Brokers call each other. */
  readonly calls: readonly Endpoint[];
  /** In-cluster address, `host:port`. */
  readonly bootstrapServers = `kafka:${KAFKA_PORT}`;

  constructor(name: string, args: KafkaArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, brokers, memoryMiB, millicores, storageGiB, keepData = false, spread = "none" } = args;
    const problem = shapeProblem(args);
    if (problem) throw new pulumi.RunError(`Kafka "${name}": ${problem}`);
    const jvm = jvmOptions(jvmMemory(WORKLOAD.name, memoryMiB, needs(memoryMiB)), memoryMiB);
    super("platform:kafka:Kafka", name, {}, opts);
    const child = { parent: this };
    const labels = labelsOf(WORKLOAD);
    const namespace = place.ref;
    this.calls = [this.endpoint, { workload: WORKLOAD.name, host: BROKERS, port: CONTROLLER_PORT }];

    const files = {
      "server.properties": serverProperties(place.name, args, memoryMiB),
      "log4j2.properties": log4j2Properties(),
    };
    const config = configFiles(`${name}-config`, { workload: WORKLOAD, namespace, files }, this);
    const account = serviceAccount(WORKLOAD, namespace, this);

    new k8s.core.v1.Service(
      name,
      {
        metadata: { name: "kafka", namespace, labels },
        spec: {
          selector: podSelector(WORKLOAD.name),
          ports: [{ name: "kafka", port: KAFKA_PORT, targetPort: "kafka" }],
        },
      },
      child,
    );
    const headless = new k8s.core.v1.Service(
      BROKERS,
      {
        metadata: { name: BROKERS, namespace, labels },
        spec: {
          clusterIP: "None",
          publishNotReadyAddresses: true, // a quorum forms before anyone is ready
          selector: podSelector(WORKLOAD.name),
          ports: [
            { name: "kafka", port: KAFKA_PORT, targetPort: "kafka" },
            { name: "controller", port: CONTROLLER_PORT, targetPort: "controller" },
          ],
        },
      },
      child,
    );
    if (brokers > 1) disruptionBudget(WORKLOAD, namespace, this);

    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata: { name: "kafka", namespace, labels },
          spec: {
            replicas: brokers,
            serviceName: headless.metadata.name,
            selector: { matchLabels: podSelector(WORKLOAD.name) },
            podManagementPolicy: "Parallel", // a broker is ready only with a quorum, so none can wait for the one before
            updateStrategy: { type: "RollingUpdate" },
            ...dataVolume(WORKLOAD.name, storageGiB, keepData),
            template: {
              metadata: { labels },
              spec: podSpec(
                WORKLOAD,
                account,
                {
                  // A controlled shutdown hands every partition over first; a broker alone has nobody to hand it to.
                  terminationGracePeriodSeconds: brokers > 1 ? 150 : 30,
                  containers: [
                    {
                      name: "kafka",
                      image: args.image,
                      ports: [
                        { name: "kafka", containerPort: KAFKA_PORT },
                        { name: "controller", containerPort: CONTROLLER_PORT },
                      ],
                      env: [
                        { name: "KAFKA_JVM_OPTIONS", value: jvm },
                        { name: "CLUSTER_ID", value: clusterId(place.name) },
                      ],
                      resources: resources(millicores, memoryMiB),
                      securityContext: containerSecurity(),
                      ...tcpProbes("kafka", { startSeconds: 300 }),
                      volumeMounts: [
                        { name: "config", mountPath: "/etc/kafka", readOnly: true },
                        { name: "data", mountPath: "/var/lib/kafka" },
                        { name: "tmp", mountPath: "/tmp" },
                      ],
                    },
                  ],
                  volumes: [
                    { name: "config", configMap: { name: config.metadata.name } },
                    { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
                  ],
                },
                spread,
              ),
            },
          },
        },
        args.transform?.statefulSet,
      ),
      { ...child, protect: keepData },
    );
    this.registerOutputs({ bootstrapServers: this.bootstrapServers });
  }
}
