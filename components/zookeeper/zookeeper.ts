import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { type JvmNeeds, jvmMemory, jvmOptions } from "../core/jvm-memory";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { disruptionBudget, podSpec, type Spread, serviceAccount } from "../core/pod";
import type { Probes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import {
  CLIENT_PORT,
  DATA_DIRECTORY,
  ELECTION_PORT,
  QUORUM_PORT,
  serverHost,
  serversProblem,
  zooCfg,
  zooCfgDynamic,
} from "./zoo-cfg";

const WORKLOAD: Workload = { name: "zookeeper", component: "coordination" };
const SERVERS = "zookeeper-servers";

export interface ZooKeeperArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  /** Servers: one alone, or an ensemble of three. It cannot be changed while the data is kept. */
  readonly servers: number;
  /** Memory limit of one server; its JVM is fitted into it. */
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Volume of one server. */
  readonly storageGiB: number;
  /** Keep volumes when the stack goes, and refuse to let it go. @default false */
  readonly keepData?: boolean;
  /** @default "none" */
  readonly spread?: Spread;
  readonly transform?: { statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

/** The whole tree of znodes is in the heap; besides it a server is small: measured 60 MiB with an empty tree. */
const NEEDS: JvmNeeds = { metaspaceMiB: 32, codeCacheMiB: 16, directMiB: 8, threads: 40, minHeapMiB: 24 };

/** ZooKeeper: where Druid, HDFS and others agree on who leads. */
export class ZooKeeper extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload = WORKLOAD;
  /** Where clients are served. */
  readonly endpoint: Endpoint = { workload: WORKLOAD.name, host: "zookeeper", port: CLIENT_PORT };
  /** Servers of an ensemble call each other. */
  readonly calls: readonly Endpoint[];
  /** What a client is told: the Service of a server alone, else every server, between which a client chooses by itself. */
  readonly connectString: string;

  constructor(name: string, args: ZooKeeperArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, servers, memoryMiB, millicores, storageGiB, keepData = false, spread = "none" } = args;
    const problem = serversProblem(servers);
    if (problem) throw new pulumi.RunError(`ZooKeeper "${name}": ${problem}`);
    const jvm = jvmOptions(jvmMemory(WORKLOAD.name, memoryMiB, NEEDS), memoryMiB);
    super("platform:zookeeper:ZooKeeper", name, {}, opts);
    const child = { parent: this };
    const labels = labelsOf(WORKLOAD);
    const namespace = place.ref;
    const ensemble = servers > 1;
    this.calls = [CLIENT_PORT, QUORUM_PORT, ELECTION_PORT].map((port) => ({
      workload: WORKLOAD.name,
      host: SERVERS,
      port,
    }));
    this.connectString = ensemble
      ? Array.from({ length: servers }, (_, ordinal) => `${serverHost(place.name, ordinal)}:${CLIENT_PORT}`).join(",")
      : `${this.endpoint.host}:${CLIENT_PORT}`;

    const files = {
      "zoo.cfg": zooCfg(servers, memoryMiB),
      "zoo.cfg.dynamic": zooCfgDynamic(place.name, servers),
    };
    const config = configFiles(`${name}-config`, { workload: WORKLOAD, namespace, files }, this);
    const account = serviceAccount(WORKLOAD, namespace, this);

    new k8s.core.v1.Service(
      name,
      {
        metadata: { name: "zookeeper", namespace, labels },
        spec: {
          selector: podSelector(WORKLOAD.name),
          ports: [{ name: "client", port: CLIENT_PORT, targetPort: "client" }],
        },
      },
      child,
    );
    const headless = new k8s.core.v1.Service(
      SERVERS,
      {
        metadata: { name: SERVERS, namespace, labels },
        spec: {
          clusterIP: "None",
          publishNotReadyAddresses: true, // a quorum forms before anyone is ready
          selector: podSelector(WORKLOAD.name),
          ports: [
            { name: "client", port: CLIENT_PORT, targetPort: "client" },
            { name: "quorum", port: QUORUM_PORT, targetPort: "quorum" },
            { name: "election", port: ELECTION_PORT, targetPort: "election" },
          ],
        },
      },
      child,
    );
    if (ensemble) disruptionBudget(WORKLOAD, namespace, this);

    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata: { name: "zookeeper", namespace, labels },
          spec: {
            replicas: servers,
            serviceName: headless.metadata.name,
            selector: { matchLabels: podSelector(WORKLOAD.name) },
            podManagementPolicy: "Parallel", // a server is ready only with a quorum, so none can wait for the one before
            updateStrategy: { type: "RollingUpdate" },
            ...dataVolume(WORKLOAD.name, storageGiB, keepData),
            template: {
              metadata: { labels },
              spec: podSpec(
                WORKLOAD,
                account,
                {
                  terminationGracePeriodSeconds: 30,
                  containers: [
                    {
                      name: "zookeeper",
                      image: args.image,
                      ports: [
                        { name: "client", containerPort: CLIENT_PORT },
                        { name: "quorum", containerPort: QUORUM_PORT },
                        { name: "election", containerPort: ELECTION_PORT },
                      ],
                      env: [
                        { name: "ZOOKEEPER_JVM_OPTIONS", value: jvm },
                        { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                      ],
                      resources: resources(millicores, memoryMiB),
                      securityContext: containerSecurity(),
                      ...PROBES,
                      volumeMounts: [
                        { name: "config", mountPath: "/etc/zookeeper", readOnly: true },
                        { name: "data", mountPath: DATA_DIRECTORY },
                        { name: "tmp", mountPath: "/tmp" },
                      ],
                    },
                  ],
                  volumes: [
                    { name: "config", configMap: { name: config.metadata.name } },
                    { name: "tmp", emptyDir: { sizeLimit: "16Mi" } },
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
    this.registerOutputs({ connectString: this.connectString });
  }
}

const ASK = "/opt/zookeeper/bin/ask";

/** A server without a quorum lives but does not serve: it answers `ruok`, and `srvr` without a mode. */
const PROBES: Probes = {
  startupProbe: {
    exec: { command: [ASK, "ruok", "imok"] },
    periodSeconds: 2,
    timeoutSeconds: 5,
    failureThreshold: 60,
  },
  readinessProbe: {
    exec: { command: [ASK, "srvr", "Mode: "] },
    periodSeconds: 5,
    timeoutSeconds: 5,
    failureThreshold: 3,
  },
  livenessProbe: {
    exec: { command: [ASK, "ruok", "imok"] },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  },
};
