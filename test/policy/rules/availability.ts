import type { types } from "@pulumi/kubernetes";
import { title } from "../../../components/core/manifest";
import { podRule, type Rule, selects } from "../rule";

type BudgetSpec = types.output.policy.v1.PodDisruptionBudgetSpec;

/** Workloads that vote on nothing: others' quorums say which of them is active, and what they hold is copied by number. */
const WITHOUT_VOTE = new Set([
  "namenode",
  "datanode",
  "druid-historical",
  "druid-indexer",
  "hbase-master",
  "hbase-regionserver",
  "storm-nimbus",
  "storm-supervisor",
]);

/** What keeps a service up, and its data, while nodes come and go. */
export const availabilityRules: readonly Rule[] = [
  podRule("spread", "Instances of one workload are kept on different nodes.", ({ spec, template, replicas }) => {
    if (replicas < 2) return undefined;
    const spread = (spec.topologySpreadConstraints ?? []).some(
      ({ topologyKey, labelSelector }) =>
        topologyKey === "kubernetes.io/hostname" && selects(labelSelector?.matchLabels, template.metadata?.labels),
    );
    return spread ? undefined : "no topologySpreadConstraint over nodes that selects its own pods";
  }),
  podRule(
    "disruption-budget",
    "A node can be drained without stopping a workload that has several instances.",
    ({ template, replicas }, objects) => {
      if (replicas < 2) return undefined;
      const budget = objects.of("PodDisruptionBudget").find(({ spec }) => {
        const selector = (spec as BudgetSpec | undefined)?.selector?.matchLabels;
        return selector !== undefined && selects(selector, template.metadata?.labels);
      });
      if (!budget) return "no PodDisruptionBudget";
      const { maxUnavailable, minAvailable, unhealthyPodEvictionPolicy } = budget.spec as unknown as BudgetSpec;
      const allowed = typeof minAvailable === "number" ? replicas - minAvailable : Number(maxUnavailable ?? 0);
      if (allowed < 1) return "its PodDisruptionBudget allows no disruption";
      if (allowed * 2 >= replicas && replicas > 2) return "its PodDisruptionBudget lets the majority go";
      return unhealthyPodEvictionPolicy === "AlwaysAllow" ? undefined : "unhealthyPodEvictionPolicy is not AlwaysAllow";
    },
  ),
  podRule(
    "quorum",
    "What keeps data on several instances that vote has an odd number of them.",
    ({ manifest, replicas }) =>
      manifest.kind === "StatefulSet" && replicas % 2 === 0 && !WITHOUT_VOTE.has(manifest.metadata?.name ?? "")
        ? `${replicas} replicas`
        : undefined,
  ),
  podRule(
    "volume-fate",
    "What becomes of the volumes of a StatefulSet is said, not left to a default.",
    ({ manifest }) => {
      if (manifest.kind !== "StatefulSet") return undefined;
      const { persistentVolumeClaimRetentionPolicy: fate, volumeClaimTemplates = [] } = (manifest.spec ??
        {}) as unknown as types.output.apps.v1.StatefulSetSpec;
      if (volumeClaimTemplates.length === 0) return undefined;
      return fate?.whenDeleted && fate.whenScaled === "Retain"
        ? undefined
        : "no persistentVolumeClaimRetentionPolicy that keeps volumes when scaled";
    },
  ),
  {
    name: "restricted-namespace",
    says: "Everything is in a declared namespace that enforces Pod Security restricted.",
    violations: (objects) =>
      objects.all.flatMap((manifest) => {
        const { metadata } = manifest;
        if (manifest.kind === "Namespace") {
          return metadata?.labels?.["pod-security.kubernetes.io/enforce"] === "restricted"
            ? []
            : [`${title(manifest)}: not restricted`];
        }
        if (/^(ClusterRole|ClusterRoleBinding|PriorityClass|StorageClass)$/.test(manifest.kind)) return [];
        return objects.find("Namespace", metadata?.namespace)
          ? []
          : [`${title(manifest)}: namespace ${metadata?.namespace} is not declared`];
      }),
  },
];
