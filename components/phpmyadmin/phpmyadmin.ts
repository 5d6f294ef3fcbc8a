import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { labelsOf, podSelector, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { password, type SecretFile, secretFiles, secretPath } from "../core/password";
import { podSpec, serviceAccount } from "../core/pod";
import { pageProbes } from "../core/probes";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import { type Transform, transformed } from "../core/transform";
import type { Place } from "../namespace";

const WORKLOAD: Workload = { name: "phpmyadmin", component: "web-console" };
const COOKIE_KEY: SecretFile = { secret: "phpmyadmin", file: "cookie-key" };
/** Above 1023: the container's user may not open port 80. */
const POD_PORT = 8080;

export interface PhpMyAdminArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  readonly mysql: Endpoint;
  readonly memoryMiB: number;
  readonly millicores: number;
  readonly transform?: { deployment?: Transform<k8s.apps.v1.DeploymentArgs> };
}

/** Text of config.inc.php: people log in as a user of MySQL; no password is kept here. */
export function configIncPhp(mysql: Endpoint): string {
  return [
    "<?php",
    `$cfg['blowfish_secret'] = file_get_contents('${secretPath("phpmyadmin", COOKIE_KEY.file)}');`,
    "$cfg['Servers'][1] = [",
    `    'host' => '${mysql.host}',`,
    `    'port' => '${mysql.port}',`,
    "    'auth_type' => 'cookie',",
    "    'AllowNoPassword' => false,",
    "    'hide_db' => '^(information_schema|performance_schema|mysql|sys)$',",
    "];",
    "$cfg['TempDir'] = '/tmp';",
    "$cfg['VersionCheck'] = false;",
    "$cfg['SendErrorReports'] = 'never';",
    "$cfg['PmaNoRelation_DisableWarning'] = true;",
    "",
  ].join("\n");
}

/** phpMyAdmin on port 80 of its Service: people look at the tables with it. */
export class PhpMyAdmin extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload = WORKLOAD;
  readonly calls: readonly Endpoint[];
  readonly openPorts = [POD_PORT];

  constructor(name: string, args: PhpMyAdminArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, mysql, memoryMiB, millicores } = args;
    super("platform:phpmyadmin:PhpMyAdmin", name, {}, opts);
    this.calls = [mysql];
    const child = { parent: this };
    const labels = labelsOf(WORKLOAD);
    const namespace = place.ref;

    const key = password({ namespace, workload: WORKLOAD, ...COOKIE_KEY }, this);
    const keyFile = secretFiles("phpmyadmin", [COOKIE_KEY]);
    const files = { "config.inc.php": configIncPhp(mysql) };
    const config = configFiles(`${name}-config`, { workload: WORKLOAD, namespace, files }, this);
    const account = serviceAccount(WORKLOAD, namespace, this);
    new k8s.core.v1.Service(
      name,
      {
        metadata: { name: "phpmyadmin", namespace, labels },
        spec: { selector: podSelector(WORKLOAD.name), ports: [{ name: "http", port: 80, targetPort: "http" }] },
      },
      child,
    );
    new k8s.apps.v1.Deployment(
      name,
      transformed<k8s.apps.v1.DeploymentArgs>(
        {
          metadata: { name: "phpmyadmin", namespace, labels },
          spec: {
            replicas: 1,
            selector: { matchLabels: podSelector(WORKLOAD.name) },
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
            template: {
              metadata: { labels },
              spec: podSpec(WORKLOAD, account, {
                terminationGracePeriodSeconds: 30,
                containers: [
                  {
                    name: "phpmyadmin",
                    image: args.image,
                    ports: [{ name: "http", containerPort: POD_PORT }],
                    resources: resources(millicores, memoryMiB),
                    securityContext: containerSecurity(),
                    ...pageProbes({ started: "/", alive: "/favicon.ico" }, "http"),
                    volumeMounts: [
                      {
                        name: "config",
                        mountPath: "/etc/phpmyadmin/config.inc.php",
                        subPath: "config.inc.php",
                        readOnly: true,
                      },
                      { name: "tmp", mountPath: "/tmp" },
                      keyFile.mount,
                    ],
                  },
                ],
                volumes: [
                  { name: "config", configMap: { name: config.metadata.name } },
                  { name: "tmp", emptyDir: { sizeLimit: "128Mi" } },
                  keyFile.volume,
                ],
              }),
            },
          },
        },
        args.transform?.deployment,
      ),
      { ...child, dependsOn: [key] },
    );
    this.registerOutputs({});
  }
}
