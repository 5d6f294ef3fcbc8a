import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { dataVolume } from "../core/data-volume";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { password, type SecretFile, secretFiles } from "../core/password";
import { podSpec, serviceAccount } from "../core/pod";
import { tcpProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";
import { mysqlCnf } from "./mysql-cnf";

const WORKLOAD: Workload = { name: "mysql", component: "database" };
const PORT = 3306;

export interface MySqlArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  readonly memoryMiB: number;
  readonly millicores: number;
  readonly storageGiB: number;
  /** @default random, see {@link password} */
  readonly rootPassword?: pulumi.Input<string>;
  /** Password of `scott`, the user of jobs and readers. @default random */
  readonly scottPassword?: pulumi.Input<string>;
  /** Databases of other servers, each with an account of the same name; their passwords are random. @default none */
  readonly databases?: readonly string[];
  /** Keep the volume and the passwords when the stack goes, and refuse to let it go. @default false */
  readonly keepData?: boolean;
  readonly transform?: { statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

/** One MySQL server. Its users other than root, its database and its tables are made by the `migrate` job. */
export class MySql extends pulumi.ComponentResource implements NetworkNeeds {
  /** Where jobs find the passwords. */
  static readonly root: SecretFile = { secret: "mysql-root", file: "root" };
  static readonly scott: SecretFile = { secret: "mysql-scott", file: "scott" };
  static readonly recover: SecretFile = { secret: "mysql-recover", file: "recover" };

  /** Password of the account that owns a database. */
  static owner(database: string): SecretFile {
    return { secret: `mysql-${database}`, file: database };
  }

  readonly workload = WORKLOAD;
  readonly calls: readonly Endpoint[] = [];
  readonly endpoint: Endpoint = { workload: WORKLOAD.name, host: "mysql", port: PORT };
  /** What a client is told. */
  readonly address = { host: "mysql", port: PORT };
  /** What a pod that mounts a password waits for. */
  readonly secrets: readonly pulumi.Resource[];

  constructor(name: string, args: MySqlArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, memoryMiB, millicores, storageGiB, databases = [], keepData = false } = args;
    if (memoryMiB < 384) {
      throw new pulumi.RunError(`MySql "${name}": memoryMiB must be at least 384, got ${memoryMiB}`);
    }
    super("platform:mysql:MySql", name, {}, opts);
    const child = { parent: this };
    const labels = labelsOf(WORKLOAD);
    const namespace = place.ref;

    const secret = { namespace, workload: WORKLOAD, protect: keepData };
    const rootSecret = password({ ...secret, ...MySql.root, value: args.rootPassword }, this);
    const scottSecret = password({ ...secret, ...MySql.scott, value: args.scottPassword }, this);
    // Nobody types this one: it lets a recovery write its own table and no other.
    const recoverSecret = password({ ...secret, ...MySql.recover }, this);
    const owners = databases.map((database) => password({ ...secret, ...MySql.owner(database) }, this));
    this.secrets = [rootSecret, scottSecret, recoverSecret, ...owners];
    const passwords = secretFiles("mysql", [MySql.root]);

    const files = { "lab.cnf": mysqlCnf(memoryMiB) };
    const config = configFiles(`${name}-config`, { workload: WORKLOAD, namespace, files }, this);
    const account = serviceAccount(WORKLOAD, namespace, this);
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: { name: "mysql", namespace, labels },
        spec: { selector: podSelector(WORKLOAD.name), ports: [{ name: "mysql", port: PORT, targetPort: "mysql" }] },
      },
      child,
    );

    new k8s.apps.v1.StatefulSet(
      name,
      transformed<k8s.apps.v1.StatefulSetArgs>(
        {
          metadata: { name: "mysql", namespace, labels },
          spec: {
            replicas: 1,
            serviceName: service.metadata.name,
            selector: { matchLabels: podSelector(WORKLOAD.name) },
            updateStrategy: { type: "RollingUpdate" },
            ...dataVolume(WORKLOAD.name, storageGiB, keepData),
            template: {
              metadata: { labels },
              spec: podSpec(WORKLOAD, account, {
                terminationGracePeriodSeconds: 60,
                containers: [
                  {
                    name: "mysql",
                    image: args.image,
                    ports: [{ name: "mysql", containerPort: PORT }],
                    resources: resources(millicores, memoryMiB),
                    securityContext: containerSecurity(),
                    ...tcpProbes("mysql", { startSeconds: 300 }),
                    volumeMounts: [
                      { name: "config", mountPath: "/etc/mysql/lab.cnf", subPath: "lab.cnf", readOnly: true },
                      { name: "data", mountPath: "/var/lib/mysql" },
                      { name: "run", mountPath: "/run/mysqld" },
                      { name: "tmp", mountPath: "/tmp" },
                      passwords.mount,
                    ],
                  },
                ],
                volumes: [
                  { name: "config", configMap: { name: config.metadata.name } },
                  { name: "run", emptyDir: { sizeLimit: "16Mi" } },
                  { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
                  passwords.volume,
                ],
              }),
            },
          },
        },
        args.transform?.statefulSet,
      ),
      { ...child, protect: keepData, dependsOn: [rootSecret] },
    );
    this.registerOutputs({});
  }
}
