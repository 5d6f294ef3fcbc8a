import { localPathHelper } from "./configs";
import { STORAGE_CLASS, STORAGE_NAMESPACE } from "./layout";

/** A Kubernetes object as it is applied. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  [field: string]: unknown;
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const READ = ["get", "list", "watch"];
const LABELS = { "app.kubernetes.io/part-of": "bigdata-lab", "app.kubernetes.io/managed-by": "lab" };

/** What the cluster's own helpers need in the API server: their rights, and the default StorageClass. */
export function clusterManifests(helperImage: string, localPathConfig: string): Manifest[] {
  const helper = localPathHelper(helperImage);
  return [
    ...role("coredns", "system:coredns", [
      { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ]),
    ...role("kube-router", "system:kube-router", [
      { apiGroups: [""], resources: ["pods", "namespaces", "nodes", "services", "endpoints"], verbs: READ },
      { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: READ },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
    ]),
    ...role("local-path-provisioner", "system:local-path-provisioner", [
      {
        apiGroups: [""],
        resources: ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"],
        verbs: READ,
      },
      { apiGroups: [""], resources: ["persistentvolumes"], verbs: [...READ, "create", "patch", "update", "delete"] },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
      { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: READ },
    ]),
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: STORAGE_NAMESPACE, labels: { ...LABELS, "pod-security.kubernetes.io/enforce": "privileged" } },
    },
    ...bound("Role", "local-path-provisioner", "system:local-path-provisioner", STORAGE_NAMESPACE, [
      { apiGroups: [""], resources: ["pods"], verbs: ["create", "patch", "update", "delete"] },
    ]),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "local-path-config", namespace: STORAGE_NAMESPACE, labels: LABELS },
      data: {
        "config.json": localPathConfig,
        setup: helper.setup,
        teardown: helper.teardown,
        "helperPod.yaml": helper.helperPod,
      },
    },
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: STORAGE_CLASS,
        labels: LABELS,
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "rancher.io/local-path",
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
    },
  ];
}

/** All of them as one document that `kubectl apply -f -` reads. */
export function manifestList(manifests: Manifest[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests });
}

function role(name: string, user: string, rules: Rule[]): Manifest[] {
  return bound("ClusterRole", name, user, undefined, rules);
}

function bound(
  kind: "Role" | "ClusterRole",
  short: string,
  user: string,
  namespace: string | undefined,
  rules: Rule[],
): Manifest[] {
  const apiGroup = "rbac.authorization.k8s.io";
  const apiVersion = `${apiGroup}/v1`;
  const name = `bigdata-lab:${short}`;
  const metadata = { name, namespace, labels: LABELS };
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup, kind, name },
      subjects: [{ apiGroup, kind: "User", name: user }],
    },
  ];
}
