import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { password, type SecretFile, secretFiles, secretPath } from "../core/password";
import { disruptionBudget, podSpec, type Spread, serviceAccount } from "../core/pod";
import type { Probes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import {
  DATA_DIRECTORY,
  MASTER,
  REDIS_PORT,
  redisConf,
  SENTINEL_PORT,
  SERVERS,
  sentinelConf,
  serverHosts,
  shapeProblem,
} from "./redis-conf";

const WORKLOAD: Workload = { name: "redis", component: "key-value-store" };
const SENTINELS = "redis-sentinel";
/** Group of the password's file, below `/etc/secrets`. */
const GROUP = "redis";

export interface RedisArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  /** One alone, or three with a Sentinel beside each, which choose another master when it is gone. @default 1 */
  readonly servers?: number;
  /** Memory limit of one server. Most of it is for data, see `dataMiB`: 13 000 members of a day's set in a MiB. */
  readonly memoryMiB: number;
  readonly millicores: number;
  /** What one Sentinel gets: needed with three servers, and not otherwise. */
  readonly sentinel?: { readonly memoryMiB: number; readonly millicores: number };
  /** Volume of one server. */
  readonly storageGiB: number;
  /** @default random, see {@link password} */
  readonly password?: pulumi.Input<string>;
  /** Keep volumes and the password when the stack goes, and refuse to let it go. @default false */
  readonly keepData?: boolean;
  /** @default "none" */
  readonly spread?: Spread;
  readonly transform?: { readonly statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

/** Redis as a client's config names it; the same shape as jobs/core/redis.ts takes. */
export interface RedisAddress {
  /** `host:port` of the server, or of every Sentinel. */
  readonly addresses: string[];
  /** Name under which Sentinels know the master; without it the address is the server's own. */
  readonly master?: string;
  /** Where a client that mounts {@link Redis.password} in the group `redis` finds it. */
  readonly passwordFile: string;
}

/** Redis, durable to the last answered write: one server, or a master, two replicas and three Sentinels. */
export class Redis extends pulumi.ComponentResource implements NetworkNeeds {
  /** The password of clients, to be mounted in the group `redis`. */
  static readonly password: SecretFile = { secret: "redis-password", file: "password" };

  readonly workload = WORKLOAD;
  /** Servers and Sentinels call each other; one alone calls nobody. */
  readonly calls: readonly Endpoint[];
  /** What a client calls: the server, or every server and every Sentinel. */
  readonly clientCalls: readonly Endpoint[];
  /** What a client is told. */
  readonly address: RedisAddress;
  /** What a pod that mounts the password waits for. */
  readonly secrets: readonly pulumi.Resource[];

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, servers = 1, memoryMiB, sentinel, storageGiB, keepData = false, spread = "none" } = args;
    const problem = shapeProblem(servers, memoryMiB, sentinel !== undefined);
    if (problem) throw new pulumi.RunError(`Redis "${name}": ${problem}`);
    super("platform:redis:Redis", name, {}, opts);
    const child = { parent: this };
    const labels = labelsOf(WORKLOAD);
    const namespace = place.ref;
    const replicated = servers > 1;
    const hosts = serverHosts(place.name, servers);
    const at = (host: string, port: number): Endpoint => ({ workload: WORKLOAD.name, host, port });
    this.clientCalls = replicated ? [at(SERVERS, REDIS_PORT), at(SENTINELS, SENTINEL_PORT)] : [at("redis", REDIS_PORT)];
    this.calls = replicated ? this.clientCalls : [];
    this.address = {
      addresses: replicated ? hosts.map((host) => `${host}:${SENTINEL_PORT}`) : [`redis:${REDIS_PORT}`],
      ...(replicated ? { master: MASTER } : {}),
      passwordFile: secretPath(GROUP, Redis.password.file),
    };

    const secret = password(
      { ...Redis.password, namespace, workload: WORKLOAD, value: args.password, protect: keepData },
      this,
    );
    this.secrets = [secret];
    const passwords = secretFiles(GROUP, [Redis.password]);
    const files = {
      "redis.conf": redisConf(memoryMiB, replicated),
      ...(replicated ? { "sentinel.conf": sentinelConf(), servers: `${hosts.join("\n")}\n` } : {}),
    };
    const config = configFiles(`${name}-config`, { workload: WORKLOAD, namespace, files }, this);
    const account = serviceAccount(WORKLOAD, namespace, this);

    const headless = this.service(SERVERS, namespace, {
      clusterIP: "None",
      publishNotReadyAddresses: true, // servers and Sentinels find each other before anyone is ready
      ports: [
        { name: "redis", port: REDIS_PORT, targetPort: "redis" },
        ...(replicated ? [{ name: "sentinel", port: SENTINEL_PORT, targetPort: "sentinel" }] : []),
      ],
    });
    if (replicated) {
      // Also while no server can be written to: who the master is, is asked just then.
      this.service(SENTINELS, namespace, {
        publishNotReadyAddresses: true,
        ports: [{ name: "sentinel", port: SENTINEL_PORT, targetPort: "sentinel" }],
      });
      disruptionBudget(WORKLOAD, namespace, this);
    } else {
      this.service("redis", namespace, { ports: [{ name: "redis", port: REDIS_PORT, targetPort: "redis" }] });
    }

    const container = (
      of: "redis" | "sentinel",
      port: number,
      share: { readonly memoryMiB: number; readonly millicores: number },
    ) => ({
      name: of,
      image: args.image,
      ...(of === "sentinel" ? { command: ["/opt/redis/sentinel"] } : {}),
      ports: [{ name: of, containerPort: port }],
      env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
      resources: resources(share.millicores, share.memoryMiB),
      securityContext: containerSecurity(),
      ...probesOf(port),
      volumeMounts: [
        { name: "config", mountPath: "/etc/redis", readOnly: true },
        { name: "data", mountPath: DATA_DIRECTORY },
        passwords.mount,
      ],
    });
    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata: { name: "redis", namespace, labels },
          spec: {
            replicas: servers,
            serviceName: headless.metadata.name,
            selector: { matchLabels: podSelector(WORKLOAD.name) },
            podManagementPolicy: "Parallel", // a server waits for most Sentinels, so none can wait for the one before
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
                    container("redis", REDIS_PORT, { memoryMiB, millicores: args.millicores }),
                    ...(sentinel ? [container("sentinel", SENTINEL_PORT, sentinel)] : []),
                  ],
                  volumes: [{ name: "config", configMap: { name: config.metadata.name } }, passwords.volume],
                },
                spread,
              ),
            },
          },
        },
        args.transform?.statefulSet,
      ),
      { ...child, protect: keepData, dependsOn: [secret] },
    );
    this.registerOutputs({});
  }

  private service(
    name: string,
    namespace: pulumi.Input<string>,
    spec: k8s.types.input.core.v1.ServiceSpec,
  ): k8s.core.v1.Service {
    return new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: { name, namespace, labels: labelsOf(WORKLOAD) },
        spec: { selector: podSelector(WORKLOAD.name), ...spec },
      },
      { parent: this },
    );
  }
}

/** A server lives while it answers, also while it reads its data; it is ready when it serves, a replica with its master. */
function probesOf(port: number): Probes {
  const ask = (command: string) => ({ exec: { command: [`/opt/redis/bin/${command}`, String(port)] } });
  return {
    startupProbe: { ...ask("alive"), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 300 },
    readinessProbe: { ...ask("ready"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...ask("alive"), periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 },
  };
}
