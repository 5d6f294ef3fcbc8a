import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configFiles } from "../core/config-files";
import { contentName } from "../core/content-name";
import { type JvmNeeds, jvmMemory, jvmOptions } from "../core/jvm-memory";
import { labelsOf, type Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import { podSpec, serviceAccount } from "../core/pod";
import { resources } from "../core/quantity";
import { containerSecurity } from "../core/security";
import type { Place } from "../namespace";
import type { HBase } from "./hbase";
import { CONFIG_MOUNT, configVolumes, type ServerShare, TMP_MOUNT } from "./servers";
import { type TableDeclaration, tablesProblem } from "./table-declaration";

/** What the job's JVM needs: HBase's client. */
const NEEDS: JvmNeeds = { metaspaceMiB: 48, codeCacheMiB: 16, directMiB: 8, threads: 40, minHeapMiB: 24 };
const DEFAULT_SHARE: ServerShare = { memoryMiB: 176, millicores: 20 };

export interface HBaseTablesArgs {
  readonly place: Place;
  /** The image of HBase, which holds the job. */
  readonly image: pulumi.Input<string>;
  readonly hbase: Pick<HBase, "zookeeperQuorum" | "clientCalls">;
  readonly tables: readonly TableDeclaration[];
  /** What the job gets while it runs. @default 176 MiB, 20 millicores */
  readonly share?: ServerShare;
  /** How long HBase may take to come up. @default 600 */
  readonly waitSeconds?: number;
}

/**
 * Tables of HBase as declared resources: a one-shot job makes those that are missing, split from their beginning, and alters
 * families of others. No table and no family is ever dropped, and another split of a table that is there fails the update.
 */
export class HBaseTables extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];
  /** What waits for the tables depends on this. */
  readonly job: k8s.batch.v1.Job;

  constructor(name: string, args: HBaseTablesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, image, hbase, tables, share = DEFAULT_SHARE, waitSeconds = 600 } = args;
    const problem = tablesProblem(tables);
    if (problem) throw new pulumi.RunError(`HBaseTables "${name}": ${problem}`);
    const jvm = jvmOptions(jvmMemory(name, share.memoryMiB, NEEDS), share.memoryMiB);
    super("platform:hbase:HBaseTables", name, {}, opts);
    this.workload = { name, component: "one-shot-job" };
    this.calls = hbase.clientCalls;
    const labels = labelsOf(this.workload);
    const namespace = place.ref;
    const declaration = { zookeeper: hbase.zookeeperQuorum, waitSeconds, tables };
    const files = { "tables.json": JSON.stringify(declaration, undefined, 2) };
    const config = configFiles(`${name}-config`, { workload: this.workload, namespace, files }, this);
    const account = serviceAccount(this.workload, namespace, this);
    this.job = new k8s.batch.v1.Job(
      name,
      {
        metadata: { name: contentName(name, declaration), namespace, labels },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 2 * waitSeconds,
          template: {
            metadata: { labels },
            spec: podSpec(this.workload, account, {
              restartPolicy: "Never",
              terminationGracePeriodSeconds: 10,
              containers: [
                {
                  name,
                  image,
                  args: ["tables"],
                  env: [{ name: "HBASE_JVM_OPTIONS", value: jvm }],
                  resources: resources(share.millicores, share.memoryMiB),
                  securityContext: containerSecurity(),
                  volumeMounts: [CONFIG_MOUNT, TMP_MOUNT],
                },
              ],
              volumes: configVolumes(config.metadata.name),
            }),
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
