import { containerRule, podRule, type Rule } from "../rule";

/** Volume types that Pod Security `restricted` admits. */
const VOLUME_TYPES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/** What a pod may do to its node. */
export const podSecurityRules: readonly Rule[] = [
  podRule("non-root", "Pods run as a user and group above 10000, which no user of the node has.", ({ spec }) => {
    const { runAsNonRoot, runAsUser, runAsGroup } = spec.securityContext ?? {};
    if (runAsNonRoot !== true) return "runAsNonRoot is not true";
    if (!((runAsUser ?? 0) > 10_000 && (runAsGroup ?? 0) > 10_000)) return `runs as ${runAsUser}:${runAsGroup}`;
    return undefined;
  }),
  containerRule("no-root-override", "No container goes back to root.", ({ securityContext: s }) =>
    s?.runAsNonRoot === false || (s?.runAsUser !== undefined && s.runAsUser <= 10_000)
      ? "runs as root again"
      : undefined,
  ),
  containerRule("no-privilege-escalation", "No process gains rights its parent did not have.", ({ securityContext }) =>
    securityContext?.allowPrivilegeEscalation === false ? undefined : "allowPrivilegeEscalation is not false",
  ),
  containerRule("dropped-capabilities", "All capabilities are dropped and none is added.", ({ securityContext }) => {
    const { drop = [], add = [] } = securityContext?.capabilities ?? {};
    return drop.includes("ALL") && add.length === 0
      ? undefined
      : `drops ${drop.join() || "none"}, adds ${add.join() || "none"}`;
  }),
  containerRule("read-only-root", "A container writes to its volumes and nowhere else.", ({ securityContext }) =>
    securityContext?.readOnlyRootFilesystem === true ? undefined : "readOnlyRootFilesystem is not true",
  ),
  podRule("seccomp", "System calls are filtered by the runtime's default profile.", ({ spec }) =>
    spec.securityContext?.seccompProfile?.type === "RuntimeDefault"
      ? undefined
      : "seccompProfile is not RuntimeDefault",
  ),
  containerRule("not-privileged", "No container is privileged.", ({ securityContext }) =>
    securityContext?.privileged === true ? "is privileged" : undefined,
  ),
  podRule("no-host-namespaces", "Pods see neither processes nor the network of their node.", ({ spec }) => {
    const shared = [spec.hostNetwork && "hostNetwork", spec.hostPID && "hostPID", spec.hostIPC && "hostIPC"].filter(
      Boolean,
    );
    return shared.length > 0 ? `sets ${shared.join()}` : undefined;
  }),
  podRule(
    "no-host-paths",
    "Volumes are of the types that Pod Security restricted admits; no host path, no host port.",
    ({ spec }) => {
      const types = (spec.volumes ?? []).flatMap(({ name, ...source }) =>
        Object.keys(source).filter((type) => !VOLUME_TYPES.has(type)),
      );
      const ports = spec.containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? []));
      return types.length + ports.length > 0
        ? `uses ${[...types, ...ports.map((port) => `hostPort ${port}`)].join()}`
        : undefined;
    },
  ),
  podRule("no-account-token", "No pod holds a token for the API server.", ({ spec }) =>
    spec.automountServiceAccountToken === false ? undefined : "automountServiceAccountToken is not false",
  ),
  podRule(
    "own-account",
    "Each workload has a declared ServiceAccount of its own, without a token.",
    ({ spec, template }, objects) => {
      const name = spec.serviceAccountName;
      const account = objects.find("ServiceAccount", name);
      if (!name || name === "default" || !account) return `account ${name ?? "default"} is not declared`;
      if (account.automountServiceAccountToken !== false) return `account ${name} mounts its token`;
      const workload = template.metadata?.labels?.["app.kubernetes.io/name"];
      return account.metadata?.labels?.["app.kubernetes.io/name"] === workload
        ? undefined
        : `account ${name} is another workload's`;
    },
  ),
  {
    name: "no-broad-rights",
    says: "No role has a wildcard, reads secrets or opens shells, and nobody is bound to cluster-admin.",
    violations: (objects) =>
      [...objects.of("Role"), ...objects.of("ClusterRole")]
        .flatMap((role) => {
          const rules = (role as { rules?: { verbs?: string[]; resources?: string[] }[] }).rules ?? [];
          const broad = rules.some(
            ({ verbs = [], resources = [] }) =>
              [...verbs, ...resources].includes("*") || resources.some((r) => r === "secrets" || r === "pods/exec"),
          );
          return broad ? [`${role.kind}/${role.metadata?.name}: too broad`] : [];
        })
        .concat(
          [...objects.of("RoleBinding"), ...objects.of("ClusterRoleBinding")].flatMap((binding) => {
            const { name } = (binding as { roleRef?: { name?: string } }).roleRef ?? {};
            return name === "cluster-admin" ? [`${binding.kind}/${binding.metadata?.name}: binds cluster-admin`] : [];
          }),
        ),
  },
];
