import type { Edit } from "./fixtures";

/** For each rule the edits that must break it; all else stays as in the good stack. */
export const BAD: Readonly<Record<string, readonly (readonly Edit[])[]>> = {
  "non-root": [
    [["Deployment/web", "spec.template.spec.securityContext.runAsNonRoot", false]],
    [["Deployment/web", "spec.template.spec.securityContext.runAsUser", 1000]],
    [["Deployment/web", "spec.template.spec.securityContext", undefined]],
  ],
  "no-root-override": [[["Deployment/web", "spec.template.spec.containers.0.securityContext.runAsUser", 0]]],
  "no-privilege-escalation": [
    [["StatefulSet/store", "spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation", undefined]],
  ],
  "dropped-capabilities": [
    [["Job/load", "spec.template.spec.containers.0.securityContext.capabilities", undefined]],
    [["Deployment/web", "spec.template.spec.containers.0.securityContext.capabilities.add", ["SYS_ADMIN"]]],
  ],
  "read-only-root": [
    [
      [
        "CronJob/check",
        "spec.jobTemplate.spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem",
        false,
      ],
    ],
  ],
  seccomp: [[["Deployment/web", "spec.template.spec.securityContext.seccompProfile.type", "Unconfined"]]],
  "not-privileged": [[["Deployment/web", "spec.template.spec.containers.0.securityContext.privileged", true]]],
  "no-host-namespaces": [[["Deployment/web", "spec.template.spec.hostNetwork", true]]],
  "no-host-paths": [
    [["Deployment/web", "spec.template.spec.volumes.0", { name: "config", hostPath: { path: "/" } }]],
    [["Deployment/web", "spec.template.spec.containers.0.ports.0.hostPort", 80]],
  ],
  "no-account-token": [[["Deployment/web", "spec.template.spec.automountServiceAccountToken", undefined]]],
  "own-account": [
    [["Deployment/web", "spec.template.spec.serviceAccountName", "default"]],
    [["Deployment/web", "spec.template.spec.serviceAccountName", "store"]],
    [["ServiceAccount/web", "automountServiceAccountToken", true]],
  ],
  "no-broad-rights": [[["Role/reader", "rules.0.verbs", ["*"]]], [["Role/reader", "rules.0.resources", ["secrets"]]]],
  "memory-limit": [
    [["Deployment/web", "spec.template.spec.containers.0.resources.limits", undefined]],
    [["Deployment/web", "spec.template.spec.containers.0.resources.requests.memory", "1Mi"]],
  ],
  "cpu-request": [[["Deployment/web", "spec.template.spec.containers.0.resources.requests.cpu", undefined]]],
  "image-pinned": [
    [["Deployment/web", "spec.template.spec.containers.0.image", "web:latest"]],
    [["Deployment/web", "spec.template.spec.containers.0.image", "web:1.2"]],
  ],
  "jvm-memory": [
    [
      [
        "StatefulSet/store",
        "spec.template.spec.containers.0.env.0.value",
        "-Xmx512m -XX:MaxMetaspaceSize=1m -XX:ReservedCodeCacheSize=1m -XX:MaxDirectMemorySize=1m",
      ],
    ],
    [["StatefulSet/store", "spec.template.spec.containers.0.env.0.value", "-Xmx64m"]],
  ],
  "node-memory": [[["Deployment/web", "spec.template.spec.containers.0.env.0.value", "--max-old-space-size=128"]]],
  "readiness-probe": [[["Deployment/web", "spec.template.spec.containers.0.readinessProbe", undefined]]],
  "liveness-probe": [
    [["Deployment/web", "spec.template.spec.containers.0.livenessProbe", undefined]],
    [["Deployment/web", "spec.template.spec.containers.0.startupProbe.httpGet.port", 9999]],
  ],
  "graceful-stop": [[["Deployment/web", "spec.template.spec.terminationGracePeriodSeconds", 5]]],
  "update-strategy": [[["Deployment/web", "spec.strategy", undefined]]],
  "bounded-jobs": [
    [["Job/load", "spec.backoffLimit", undefined]],
    [["Job/load", "spec.activeDeadlineSeconds", undefined]],
    [["CronJob/check", "spec.jobTemplate.spec.ttlSecondsAfterFinished", undefined]],
  ],
  "no-secret-in-env": [
    [["Deployment/web", "spec.template.spec.containers.0.env.1", { name: "DB_PASSWORD", value: "x" }]],
    [
      [
        "Deployment/web",
        "spec.template.spec.containers.0.env.1",
        { name: "KEY", valueFrom: { secretKeyRef: { name: "store", key: "root" } } },
      ],
    ],
    [["Deployment/web", "spec.template.spec.containers.0.envFrom", [{ secretRef: { name: "store" } }]]],
  ],
  "no-secret-in-config": [
    [["ConfigMap/web", "data.note", "the password is wonderland"]],
    [["Deployment/web", "metadata.annotations.note", Buffer.from("wonderland").toString("base64")]],
  ],
  spread: [[["StatefulSet/store", "spec.template.spec.topologySpreadConstraints", undefined]]],
  "disruption-budget": [
    [["PodDisruptionBudget/store", "spec.selector.matchLabels", { "app.kubernetes.io/name": "stroe" }]],
    [["PodDisruptionBudget/store", "spec.maxUnavailable", 0]],
    [["PodDisruptionBudget/store", "spec.maxUnavailable", 2]],
    [["PodDisruptionBudget/store", "spec.unhealthyPodEvictionPolicy", undefined]],
  ],
  quorum: [[["StatefulSet/store", "spec.replicas", 4]]],
  "volume-fate": [[["StatefulSet/store", "spec.persistentVolumeClaimRetentionPolicy", undefined]]],
  "restricted-namespace": [
    [["Namespace/lab", "metadata.labels.pod-security~kubernetes~io/enforce", "baseline"]],
    [["Service/store", "metadata.namespace", "default"]],
  ],
  "default-deny": [
    [["NetworkPolicy/deny-all", "spec.policyTypes", ["Ingress"]]],
    [["NetworkPolicy/deny-all", "spec.podSelector", { matchLabels: { a: "b" } }]],
  ],
  "network-policy": [[["NetworkPolicy/web", "spec.policyTypes", ["Ingress"]]]],
  "no-dangling-policy": [
    [["NetworkPolicy/web", "spec.egress.0.to.0.podSelector.matchLabels", { "app.kubernetes.io/name": "stroe" }]],
  ],
  "hosts-reachable": [
    [["ConfigMap/web", "data.config~json", '{"servers":["stroe:5000"]}']],
    [["ConfigMap/web", "data.config~json", '{"servers":["store:5001"]}']],
    [["ConfigMap/web", "data.topologies~json", '{"servers":["store:5000"]}']],
    [["NetworkPolicy/web", "spec.egress", []]],
    [["NetworkPolicy/store", "spec.ingress", []]],
  ],
  "selector-matches": [[["Deployment/web", "spec.selector.matchLabels", { "app.kubernetes.io/name": "wbe" }]]],
  "service-target": [
    [["Service/store", "spec.selector", { "app.kubernetes.io/name": "stroe" }]],
    [["Service/store", "spec.ports.0.targetPort", "htpt"]],
  ],
  "volumes-exist": [
    [["Deployment/web", "spec.template.spec.volumes.0.configMap.name", "wbe"]],
    [["Deployment/web", "spec.template.spec.containers.0.volumeMounts.0.name", "confg"]],
    [["StatefulSet/store", "spec.template.spec.volumes.0.projected.sources.0.secret.items.0.key", "toor"]],
  ],
  "unique-names": [
    [
      ["ConfigMap/web", "metadata.name", "other"],
      ["ConfigMap/second", "metadata.name", "other"],
    ],
    [["Deployment/web", "spec.template.spec.containers.0.env.1", { name: "NODE_OPTIONS", value: "" }]],
  ],
  "fixed-names": [[["Service/store", "metadata.name", undefined]]],
  labels: [[["Service/store", "metadata.labels.app~kubernetes~io/part-of", undefined]]],
};
