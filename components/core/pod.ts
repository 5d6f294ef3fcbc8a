import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labelsOf, podSelector, type Workload } from "./labels";
import { podSecurity } from "./security";

/** How hard the pods of a workload are kept on different nodes. */
export type Spread = "none" | "preferred" | "required";

/** A ServiceAccount of the workload's own that holds no token: none of ours talks to the API server. */
export function serviceAccount(
  workload: Workload,
  namespace: pulumi.Input<string>,
  parent: pulumi.Resource,
): k8s.core.v1.ServiceAccount {
  return new k8s.core.v1.ServiceAccount(
    `${workload.name}-account`,
    {
      metadata: { name: workload.name, namespace, labels: labelsOf(workload) },
      automountServiceAccountToken: false,
    },
    { parent },
  );
}

/** What all pods share; the rest is the workload's own. */
export function podSpec(
  workload: Workload,
  account: k8s.core.v1.ServiceAccount,
  own: k8s.types.input.core.v1.PodSpec,
  spread: Spread = "none",
): k8s.types.input.core.v1.PodSpec {
  return {
    serviceAccountName: account.metadata.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false, // a variable per Service in the namespace helps nobody and once broke Kafka's own
    securityContext: podSecurity(),
    ...(spread === "none" ? {} : { topologySpreadConstraints: [overNodes(workload, spread)] }),
    ...own,
  };
}

/** Keeps a quorum while nodes are drained, and never protects a pod that does not work anyway. */
export function disruptionBudget(
  workload: Workload,
  namespace: pulumi.Input<string>,
  parent: pulumi.Resource,
): k8s.policy.v1.PodDisruptionBudget {
  return new k8s.policy.v1.PodDisruptionBudget(
    `${workload.name}-disruption`,
    {
      metadata: { name: workload.name, namespace, labels: labelsOf(workload) },
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: podSelector(workload.name) },
      },
    },
    { parent },
  );
}

function overNodes(
  workload: Workload,
  spread: Exclude<Spread, "none">,
): k8s.types.input.core.v1.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: spread === "required" ? "DoNotSchedule" : "ScheduleAnyway",
    labelSelector: { matchLabels: podSelector(workload.name) },
  };
}
