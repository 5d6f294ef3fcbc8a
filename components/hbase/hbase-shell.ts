import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { labelsOf, type Workload } from "../core/labels";
import { podSpec, type Spread, serviceAccount } from "../core/pod";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import type { Place } from "../namespace";
import { CONFIG_MOUNT, configVolumes, type ServerShare, TMP_MOUNT } from "./servers";

/** The pod of `lab shell hbase`. */
export const SHELL_WORKLOAD: Workload = { name: "hbase-shell", component: "table-shell" };
const DEFAULT_SHARE: ServerShare = { memoryMiB: 384, millicores: 50 };
/** A shell that nobody closes ends by itself. */
const OPEN_SECONDS = 4 * 3600;

/** What the shell is made of. */
export interface ShellArgs {
  readonly place: Place;
  readonly image: pulumi.Input<string>;
  readonly share: ServerShare | undefined;
  /** Files of `/etc/hbase`. */
  readonly files: Readonly<Record<string, string>>;
  readonly spread: Spread;
}

/**
 * Declares, below `parent`, the suspended CronJob from which `lab shell hbase` makes a pod of its own: the shell is a JRuby of
 * several hundred MiB, which would not fit into a server's pod.
 */
export function hbaseShell(
  { place, image, share = DEFAULT_SHARE, files, spread }: ShellArgs,
  parent: pulumi.Resource,
): void {
  const { name } = SHELL_WORKLOAD;
  const labels = labelsOf(SHELL_WORKLOAD);
  const namespace = place.ref;
  const config = configFiles(`${name}-config`, { workload: SHELL_WORKLOAD, namespace, files }, parent);
  const account = serviceAccount(SHELL_WORKLOAD, namespace, parent);
  new k8s.batch.v1.CronJob(
    name,
    {
      metadata: { name, namespace, labels },
      spec: {
        suspend: true,
        schedule: "0 0 1 1 *", // a schedule is required, and never used
        concurrencyPolicy: "Forbid",
        jobTemplate: {
          metadata: { labels },
          spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: OPEN_SECONDS,
            ttlSecondsAfterFinished: 60,
            template: {
              metadata: { labels },
              spec: podSpec(
                SHELL_WORKLOAD,
                account,
                {
                  restartPolicy: "Never",
                  terminationGracePeriodSeconds: 1,
                  containers: [
                    {
                      name,
                      image,
                      args: ["sleep", String(OPEN_SECONDS)],
                      env: [{ name: "HADOOP_USER_NAME", value: "lab" }],
                      resources: resources(share.millicores, share.memoryMiB),
                      securityContext: containerSecurity(),
                      volumeMounts: [CONFIG_MOUNT, TMP_MOUNT],
                    },
                  ],
                  volumes: configVolumes(config.metadata.name),
                },
                spread === "required" ? "preferred" : spread,
              ),
            },
          },
        },
      },
    },
    { parent },
  );
}
