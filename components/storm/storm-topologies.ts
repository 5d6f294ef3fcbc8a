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
import type { StormAccess } from "./storm";

/** The deployer is patient itself; another attempt is for one that was killed. Pulumi learns of a failure when all are used up. */
const RETRIES = 1;
const GRACE_SECONDS = 30;
/** Measured while it builds and submits a topology. */
const NEEDS: JvmNeeds = { metaspaceMiB: 40, codeCacheMiB: 16, directMiB: 8, threads: 24, minHeapMiB: 32 };

/** A topology as it shall run. */
export interface Topology {
  /** Its name on Storm. */
  readonly name: string;
  /** Flux file, in the deployer's image. @default "/opt/topology/topology.yaml" */
  readonly flux?: string;
  /** What workers get, in the deployer's image. @default "/opt/topology/topology.jar" */
  readonly jar?: string;
  /** What `${name}` in the Flux file stands for. @default none */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Texts that the topology finds in its conf, by `lab.file.<name>`. @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** Class of the jar that refuses a conf with which the topology cannot work. @default none */
  readonly check?: string;
}

export interface StormTopologiesArgs {
  readonly place: Place;
  /** Image with the deployer, and with the topologies' classes. */
  readonly image: pulumi.Input<string>;
  readonly storm: StormAccess;
  /** All that shall run; what an earlier update deployed and is not among them is killed. */
  readonly topologies: readonly Topology[];
  readonly memoryMiB: number;
  readonly millicores: number;
  /** How long Nimbus may take to come up, a killed topology to be gone, and a new one to run. @default 300 */
  readonly waitSeconds?: number;
  /** What a topology that is replaced gets to finish what is in flight. @default 10 */
  readonly killSeconds?: number;
}

/** Text of topologies.json. */
export function topologiesJson(
  args: Pick<StormTopologiesArgs, "topologies"> & { waitSeconds: number; killSeconds: number },
): string {
  const { waitSeconds, killSeconds } = args;
  const topologies = args.topologies.map(
    ({ flux = "/opt/topology/topology.yaml", jar = "/opt/topology/topology.jar", ...topology }) => ({
      ...topology,
      flux,
      jar,
    }),
  );
  return `${JSON.stringify({ waitSeconds, killSeconds, topologies }, undefined, 2)}\n`;
}

/**
 * The topologies of a Storm as a declared resource: a one-shot job makes what runs what is declared, by jar, wiring, settings and
 * files. A changed one is replaced and goes on at its committed offsets. One that cannot work fails the update, and what ran
 * before goes on; one that does not come to run fails it with what its workers reported.
 */
export class StormTopologies extends pulumi.ComponentResource implements NetworkNeeds {
  readonly workload: Workload;
  readonly calls: readonly Endpoint[];
  /** What waits for the topologies to run depends on this. */
  readonly job: k8s.batch.v1.Job;

  constructor(name: string, args: StormTopologiesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, storm, topologies, memoryMiB, millicores, waitSeconds = 300, killSeconds = 10 } = args;
    const problem = topologiesProblem(topologies);
    if (problem) throw new pulumi.RunError(`StormTopologies "${name}": ${problem}`);
    const jvm = jvmOptions(jvmMemory(name, memoryMiB, NEEDS), memoryMiB);
    super("platform:storm:StormTopologies", name, {}, opts);
    this.workload = { name, component: "one-shot-job" };
    this.calls = [storm.endpoint];
    const { workload } = this;
    const labels = labelsOf(workload);
    const namespace = place.ref;
    const files = { ...storm.clientFiles, "topologies.json": topologiesJson({ topologies, waitSeconds, killSeconds }) };
    const config = configFiles(`${name}-config`, { workload, namespace, files }, this);
    const account = serviceAccount(workload, namespace, this);
    const mount = (path: string, file: string) => ({
      name: "config",
      mountPath: `${path}/${file}`,
      subPath: file,
      readOnly: true,
    });
    this.job = new k8s.batch.v1.Job(
      name,
      {
        metadata: { name: contentName(name, files), namespace, labels },
        spec: {
          backoffLimit: RETRIES,
          activeDeadlineSeconds: 3 * waitSeconds + 120,
          template: {
            metadata: { labels },
            spec: podSpec(workload, account, {
              restartPolicy: "Never",
              terminationGracePeriodSeconds: GRACE_SECONDS,
              containers: [
                {
                  name: "deploy",
                  image: args.image,
                  env: [{ name: "DEPLOY_JVM_OPTIONS", value: jvm }],
                  resources: resources(millicores, memoryMiB),
                  securityContext: containerSecurity(),
                  terminationMessagePolicy: "FallbackToLogsOnError", // what was refused, and why, is said where the Job is
                  volumeMounts: [
                    mount("/etc/topologies", "topologies.json"),
                    mount("/etc/storm", "storm.yaml"),
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "config", configMap: { name: config.metadata.name } },
                { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
              ],
            }),
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function topologiesProblem(topologies: readonly Topology[]): string | undefined {
  const names = topologies.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `two topologies are called ${twice}`;
  const wrong = names.find((name) => !/^[a-z][a-z0-9-]*$/.test(name));
  if (wrong !== undefined)
    return `a topology's name is small letters, digits and hyphens, got ${JSON.stringify(wrong)}`;
  return undefined;
}
