import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Workload } from "../core/labels";
import type { Endpoint, NetworkNeeds } from "../core/network";
import type { SecretFile } from "../core/password";
import type { Transform } from "../core/transform";
import { nimbusJvm, podMiB, type SupervisorShape, supervisorJvm, uiJvm, workerJvm } from "./memory";
import { type StormPlace, stormServers } from "./storm-server";
import { stormUi } from "./storm-ui";
import { clientSettings, PORTS, type StormShape, serverSettings, stormYaml, workerPorts } from "./storm-yaml";

const NIMBUS: Workload = { name: "storm-nimbus", component: "stream-leader" };
const SUPERVISOR: Workload = { name: "storm-supervisor", component: "stream-workers" };
const UI: Workload = { name: "storm-ui", component: "web-console" };
const SUPERVISORS_SERVICE = "storm-supervisors";

/** What Nimbus gets. */
export interface NimbusShare {
  /** One alone, or two of which one takes over from the other. @default 1 */
  readonly replicas?: number;
  readonly memoryMiB: number;
  readonly millicores: number;
  /** Volume of the topologies' jars. */
  readonly storageGiB: number;
}

/** What each Supervisor gets. */
export interface SupervisorShare extends SupervisorShape {
  /** @default 1 */
  readonly replicas?: number;
  readonly millicores: number;
  /** Volume of what it runs. */
  readonly storageGiB: number;
}

export interface StormArgs extends StormPlace {
  readonly zookeeper: { readonly connectString: string; readonly endpoint: Endpoint };
  readonly nimbus: NimbusShare;
  readonly supervisor: SupervisorShare;
  readonly ui: { readonly memoryMiB: number; readonly millicores: number };
  /** Kafka of the topologies' spouts, to show how far they are behind. @default no lag is shown */
  readonly kafka?: { readonly bootstrapServers: string; readonly endpoint: Endpoint };
  /** Servers that workers call, Storm and ZooKeeper aside. */
  readonly calls: readonly Endpoint[];
  /** Passwords of workers, mounted below `/etc/secrets/<group>`. @default none */
  readonly secrets?: { readonly group: string; readonly files: readonly SecretFile[] };
  readonly transform?: {
    readonly nimbus?: Transform<k8s.apps.v1.StatefulSetArgs>;
    readonly supervisor?: Transform<k8s.apps.v1.StatefulSetArgs>;
    readonly ui?: Transform<k8s.apps.v1.DeploymentArgs>;
  };
}

/** Storm as those see it who deploy topologies. */
export interface StormAccess {
  /** Nimbus. */
  readonly endpoint: Endpoint;
  /** What a client pod mounts, by file name. */
  readonly clientFiles: Readonly<Record<"storm.yaml", string>>;
}

/**
 * Storm: Nimbus, which assigns, Supervisors, which run workers, and a page of figures. Topologies are declared by
 * `StormTopologies`; they go on while Nimbus is away.
 */
export class Storm extends pulumi.ComponentResource implements StormAccess {
  readonly workloads: readonly NetworkNeeds[];
  readonly endpoint: Endpoint = { workload: NIMBUS.name, host: "storm-nimbus", port: PORTS.nimbus };
  readonly clientFiles: Readonly<Record<"storm.yaml", string>>;

  constructor(name: string, args: StormArgs, opts?: pulumi.ComponentResourceOptions) {
    const { place, zookeeper, nimbus, supervisor, ui, kafka, transform } = args;
    const { replicas: nimbuses = 1 } = nimbus;
    const { replicas: supervisors = 1 } = supervisor;
    const problem = shapeProblem(nimbuses, supervisors, supervisor.slots);
    if (problem) throw new pulumi.RunError(`Storm "${name}": ${problem}`);
    const shape: StormShape = {
      namespace: place.name,
      nimbuses,
      nimbusMiB: nimbus.memoryMiB,
      zookeeper: zookeeper.connectString,
      supervisor,
      workerJvm: workerJvm(supervisor),
    };
    const jvm = {
      nimbus: nimbusJvm(nimbus.memoryMiB),
      supervisor: supervisorJvm(supervisor),
      ui: uiJvm(ui.memoryMiB),
    };
    super("platform:storm:Storm", name, {}, opts);
    const settings = stormYaml(serverSettings(shape));
    this.clientFiles = { "storm.yaml": stormYaml(clientSettings(shape)) };
    this.workloads = this.edges(args);

    stormServers(
      args,
      {
        workload: NIMBUS,
        service: this.endpoint.host,
        role: "nimbus",
        ...nimbus,
        replicas: nimbuses,
        jvm: jvm.nimbus,
        port: PORTS.nimbus,
        settings,
        transform: transform?.nimbus,
      },
      this,
    );
    stormServers(
      args,
      {
        workload: SUPERVISOR,
        service: SUPERVISORS_SERVICE,
        role: "supervisor",
        ...supervisor,
        replicas: supervisors,
        memoryMiB: podMiB(supervisor),
        jvm: jvm.supervisor,
        port: PORTS.supervisor,
        settings,
        secrets: args.secrets,
        transform: transform?.supervisor,
      },
      this,
    );
    stormUi(
      { ...args, ...ui, workload: UI, jvm: jvm.ui, files: this.clientFiles, kafka: kafka?.bootstrapServers },
      this,
      transform?.ui,
    );
    this.registerOutputs({});
  }

  private edges({ zookeeper, supervisor, kafka, calls }: StormArgs): NetworkNeeds[] {
    const supervisors = [PORTS.supervisor, ...workerPorts(supervisor)].map((port) => ({
      workload: SUPERVISOR.name,
      host: SUPERVISORS_SERVICE,
      port,
    }));
    const [thrift, ...workers] = supervisors;
    return [
      { workload: NIMBUS, calls: [this.endpoint, ...(thrift ? [thrift] : []), zookeeper.endpoint] },
      // Workers call each other.
      { workload: SUPERVISOR, calls: [this.endpoint, ...workers, zookeeper.endpoint, ...calls] },
      { workload: UI, calls: [this.endpoint, ...(kafka ? [kafka.endpoint] : [])], openPorts: [PORTS.ui] },
    ];
  }
}

function shapeProblem(nimbuses: number, supervisors: number, slots: number): string | undefined {
  if (!Number.isInteger(nimbuses) || nimbuses < 1)
    return `nimbus.replicas must be a whole number from 1, got ${nimbuses}`;
  if (!Number.isInteger(supervisors) || supervisors < 1)
    return `supervisor.replicas must be a whole number from 1, got ${supervisors}`;
  if (!Number.isInteger(slots) || slots < 1) return `supervisor.slots must be a whole number from 1, got ${slots}`;
  return undefined;
}
