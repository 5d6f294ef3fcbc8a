import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf, podSelector, type Workload } from "./labels";

/** Something a workload offers to others: the name of a Service, and the port behind it. */
export interface Endpoint {
  /** Workload whose pods answer. */
  readonly workload: string;
  /** Name of the Service, which is what configs hold. */
  readonly host: string;
  /** Port of the Service. */
  readonly port: number;
  /** Port of the pods. @default port */
  readonly podPort?: number;
}

/** One workload and the traffic it may take part in. */
export interface NetworkNeeds {
  readonly workload: Workload;
  /** What its pods call. The other side is opened for it as well. */
  readonly calls: readonly Endpoint[];
  /** Ports that anyone may reach: a web page for people. @default none */
  readonly openPorts?: readonly number[];
  /** Ports of servers that are not the stack's, which its pods may call wherever they are. @default none */
  readonly outsidePorts?: readonly number[];
  /** Labels of pods that work for it and are not the stack's: in any namespace they may call what it calls. @default no such pods */
  readonly helpers?: Readonly<Record<string, string>> | undefined;
  /** Ports that those pods may reach, and nobody else. @default none */
  readonly helperPorts?: readonly number[];
}

type PolicyPeer = k8s.types.input.networking.v1.NetworkPolicyPeer;
type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** Names are looked up on port 53 of whatever serves DNS: a pod in most clusters, a process of the node in others. */
const DNS = {
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** Nothing in, nothing out: what holds for a pod that no other policy names. */
export function denyAll(): PolicySpec {
  return { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
}

/**
 * One policy per workload from what all of them call; each edge is opened at both of its ends and nowhere else.
 * @throws when an edge ends at a workload that is not declared.
 */
export function networkPolicies(all: readonly NetworkNeeds[]): { workload: Workload; spec: PolicySpec }[] {
  const names = new Set(all.map(({ workload }) => workload.name));
  for (const { workload, calls } of all) {
    for (const target of calls) {
      if (!names.has(target.workload))
        throw new pulumi.RunError(`${workload.name} calls ${target.workload}, which is not declared`);
    }
  }
  for (const { workload, helpers, helperPorts = [] } of all) {
    if (helperPorts.length > 0 && Object.keys(helpers ?? {}).length === 0)
      throw new pulumi.RunError(
        `${workload.name} has ports for pods that help it, and no labels that say which they are`,
      );
  }
  return all.map(({ workload, calls, openPorts = [], outsidePorts = [], helpers: own = {}, helperPorts = [] }) => {
    const callers = new Map<number, Set<string>>();
    const helpers = new Map<number, PolicyPeer[]>();
    for (const caller of all) {
      for (const { workload: name, podPort, port } of caller.calls) {
        if (name !== workload.name) continue;
        const key = podPort ?? port;
        callers.set(key, (callers.get(key) ?? new Set()).add(caller.workload.name));
        if (!caller.helpers) continue;
        helpers.set(key, [...(helpers.get(key) ?? []), labelledPods(caller.helpers)]);
      }
    }
    return {
      workload,
      spec: {
        podSelector: { matchLabels: podSelector(workload.name) },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          ...openPorts.map((port) => ({ ports: [{ protocol: "TCP", port }] })),
          ...helperPorts.map((port) => ({ from: [labelledPods(own)], ports: [{ protocol: "TCP", port }] })),
          ...[...callers]
            .sort(([a], [b]) => a - b)
            .map(([port, from]) => ({
              from: [
                {
                  podSelector: {
                    matchExpressions: [{ key: "app.kubernetes.io/name", operator: "In", values: [...from].sort() }],
                  },
                },
                ...(helpers.get(port) ?? []),
              ],
              ports: [{ protocol: "TCP", port }],
            })),
        ],
        egress: [
          DNS,
          ...calls.map((target) => ({
            to: [{ podSelector: { matchLabels: podSelector(target.workload) } }],
            ports: [{ protocol: "TCP", port: target.podPort ?? target.port }],
          })),
          ...outsidePorts.map((port) => ({ ports: [{ protocol: "TCP", port }] })),
        ],
      },
    };
  });
}

/** Pods with these labels in any namespace. */
function labelledPods(labels: Readonly<Record<string, string>>): PolicyPeer {
  return { namespaceSelector: {}, podSelector: { matchLabels: { ...labels } } };
}

/** All NetworkPolicies of a namespace but the one that denies everything, which comes with the namespace. */
export class Network extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: { namespace: pulumi.Input<string>; workloads: readonly NetworkNeeds[] },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const policies = networkPolicies(args.workloads);
    super("platform:core:Network", name, {}, opts);
    for (const { workload, spec } of policies) {
      new k8s.networking.v1.NetworkPolicy(
        `${workload.name}-edges`,
        {
          metadata: { name: workload.name, namespace: args.namespace, labels: labelsOf(workload) },
          spec,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
