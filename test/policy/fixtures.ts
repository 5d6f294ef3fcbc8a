import type { Resource } from "../../components/core/manifest";

/** Where in a small good stack something is broken: an object, a path in it, and what is put there (undefined: taken away). */
export type Edit = readonly [object: string, path: string, value: unknown];

/** A small stack that keeps every rule, as the engine sees it; `edits` break it. In a path `~` stands for a dot in a key. */
export function stack(edits: readonly Edit[] = []): Resource[] {
  const resources = goodStack();
  for (const [object, path, value] of edits) {
    const [kind, name] = object.split("/");
    const found = resources.find(
      ({ type, inputs }) => type.endsWith(`:${kind}`) && (inputs.metadata as { name?: string }).name === name,
    );
    if (!found) throw new Error(`no ${object} in the good stack`);
    setPath(
      found.inputs,
      path.split(".").map((key) => key.replaceAll("~", ".")),
      value,
    );
  }
  return resources;
}

function setPath(target: Readonly<Record<string, unknown>>, [key = "", ...rest]: string[], value: unknown): void {
  const at = target as Record<string, unknown>;
  if (rest.length > 0) {
    at[key] ??= {};
    setPath(at[key] as Record<string, unknown>, rest, value);
  } else if (value === undefined) delete at[key];
  else at[key] = value;
}

function labels(name: string): Record<string, string> {
  return Object.fromEntries(
    ["name", "component", "part-of", "managed-by"].map((key) => [`app.kubernetes.io/${key}`, name]),
  );
}

function object(type: string, name: string, workload: string, rest: Record<string, unknown>): Resource {
  const namespace = type.endsWith(":Namespace") ? {} : { namespace: "lab" };
  return {
    type: `kubernetes:${type}`,
    inputs: { metadata: { name, ...namespace, labels: labels(workload) }, ...rest },
  };
}

function pod(name: string, container: Record<string, unknown>, rest: Record<string, unknown>): Record<string, unknown> {
  return {
    metadata: { labels: labels(name) },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 45,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name,
          image: `${name}:0123456789abcdef`,
          resources: { requests: { cpu: "10m", memory: "128Mi" }, limits: { memory: "128Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          ...container,
        },
      ],
      ...rest,
    },
  };
}

function serving(port: number): Record<string, unknown> {
  const httpGet = { path: "/", port: "http" };
  return {
    ports: [{ name: "http", containerPort: port }],
    startupProbe: { httpGet },
    readinessProbe: { httpGet },
    livenessProbe: { tcpSocket: { port } },
  };
}

function edges(name: string, rest: Record<string, unknown>): Resource {
  return object("networking.k8s.io/v1:NetworkPolicy", name, name, {
    spec: {
      podSelector: { matchLabels: { "app.kubernetes.io/name": name } },
      policyTypes: ["Ingress", "Egress"],
      ...rest,
    },
  });
}

/** `web` (two files, calls `store`), `store` (three instances with volumes), and two jobs. */
function goodStack(): Resource[] {
  const select = (name: string) => ({ "app.kubernetes.io/name": name });
  const job = pod("load", {}, { restartPolicy: "Never" });
  const namespace = object("core/v1:Namespace", "lab", "lab", {});
  setPath(namespace.inputs, ["metadata", "labels", "pod-security.kubernetes.io/enforce"], "restricted");
  return [
    namespace,
    ...["web", "store", "load", "check"].map((name) =>
      object("core/v1:ServiceAccount", name, name, { automountServiceAccountToken: false }),
    ),
    object("rbac.authorization.k8s.io/v1:Role", "reader", "web", { rules: [{ verbs: ["get"], resources: ["pods"] }] }),
    object("core/v1:ConfigMap", "web", "web", { data: { "config.json": '{"servers":["store:5000"]}' } }),
    object("core/v1:ConfigMap", "second", "web", { data: {} }),
    object("core/v1:Secret", "store", "store", { data: { root: Buffer.from("wonderland").toString("base64") } }),
    object("apps/v1:Deployment", "web", "web", {
      spec: {
        selector: { matchLabels: select("web") },
        strategy: { type: "Recreate" },
        template: pod(
          "web",
          {
            ...serving(8080),
            env: [{ name: "NODE_OPTIONS", value: "--max-old-space-size=64" }],
            volumeMounts: [{ name: "config", mountPath: "/etc/web" }],
          },
          { volumes: [{ name: "config", configMap: { name: "web" } }] },
        ),
      },
    }),
    object("apps/v1:StatefulSet", "store", "store", {
      spec: {
        replicas: 3,
        selector: { matchLabels: select("store") },
        updateStrategy: { type: "RollingUpdate" },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
        template: pod(
          "store",
          {
            ...serving(5000),
            env: [
              {
                name: "STORE_JVM_OPTIONS",
                value: "-Xmx32m -XX:MaxMetaspaceSize=32m -XX:ReservedCodeCacheSize=16m -XX:MaxDirectMemorySize=8m",
              },
            ],
            volumeMounts: [
              { name: "data", mountPath: "/data" },
              { name: "password", mountPath: "/etc/secrets" },
            ],
          },
          {
            topologySpreadConstraints: [
              { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: select("store") } },
            ],
            volumes: [
              {
                name: "password",
                projected: { sources: [{ secret: { name: "store", items: [{ key: "root", path: "root" }] } }] },
              },
            ],
          },
        ),
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
      },
    }),
    object("policy/v1:PodDisruptionBudget", "store", "store", {
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: select("store") },
      },
    }),
    object("core/v1:Service", "store", "store", {
      spec: { selector: select("store"), ports: [{ port: 5000, targetPort: "http" }] },
    }),
    object("batch/v1:Job", "load", "load", { spec: { backoffLimit: 1, activeDeadlineSeconds: 60, template: job } }),
    object("batch/v1:CronJob", "check", "check", {
      spec: {
        jobTemplate: {
          spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: 60,
            ttlSecondsAfterFinished: 60,
            template: pod("check", {}, { restartPolicy: "Never" }),
          },
        },
      },
    }),
    object("networking.k8s.io/v1:NetworkPolicy", "deny-all", "lab", {
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    }),
    edges("web", { egress: [{ to: [{ podSelector: { matchLabels: select("store") } }], ports: [{ port: 5000 }] }] }),
    edges("store", { ingress: [{ from: [{ podSelector: { matchLabels: select("web") } }], ports: [{ port: 5000 }] }] }),
    edges("load", {}),
    edges("check", {}),
  ];
}
