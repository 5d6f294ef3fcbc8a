import type { types } from "@pulumi/kubernetes";
import { type PodOwner, title } from "../../../components/core/manifest";
import { podRule, type Rule, selects } from "../rule";

const LABELS = ["name", "component", "part-of", "managed-by"].map((word) => `app.kubernetes.io/${word}`);

type VolumeSource = { kind: "ConfigMap" | "Secret"; name: string | undefined; files?: string[] };

function sources({ spec }: PodOwner): VolumeSource[] {
  return (spec.volumes ?? []).flatMap(({ configMap, secret, projected }) => [
    ...(configMap ? [{ kind: "ConfigMap" as const, name: configMap.name }] : []),
    ...(secret ? [{ kind: "Secret" as const, name: secret.secretName }] : []),
    ...(projected?.sources ?? []).flatMap(({ secret: one, configMap: other }) => [
      ...(one ? [{ kind: "Secret" as const, name: one.name, files: one.items?.map(({ key }) => key) }] : []),
      ...(other ? [{ kind: "ConfigMap" as const, name: other.name }] : []),
    ]),
  ]);
}

/** That what one object says about another is true. */
export const referenceRules: readonly Rule[] = [
  podRule("selector-matches", "What runs pods selects its own pods.", ({ manifest, template }) => {
    const { matchLabels } = (manifest.spec as { selector?: { matchLabels?: Record<string, string> } }).selector ?? {};
    if (manifest.kind === "Job" || manifest.kind === "CronJob") return undefined;
    return matchLabels && selects(matchLabels, template.metadata?.labels)
      ? undefined
      : "its selector does not match its template";
  }),
  {
    name: "service-target",
    says: "A Service selects pods, and each of its ports leads to a port of theirs.",
    violations: (objects) =>
      objects.of("Service").flatMap((service) => {
        const { selector, ports } = service.spec as unknown as types.output.core.v1.ServiceSpec;
        const owners = objects.pods.filter(({ template }) => selector && selects(selector, template.metadata?.labels));
        if (owners.length === 0) return [`${title(service)}: selects no pods`];
        const open = owners.flatMap(({ spec }) => spec.containers.flatMap(({ ports: own = [] }) => own));
        return (ports ?? [])
          .filter(
            ({ port, targetPort = port }) =>
              !open.some(({ name, containerPort }) => targetPort === name || targetPort === containerPort),
          )
          .map(({ port, targetPort }) => `${title(service)}: port ${port} leads to ${targetPort}, which no pod opens`);
      }),
  },
  podRule(
    "volumes-exist",
    "Every mount has its volume, and every volume its declared ConfigMap or Secret with the files it names.",
    (owner, objects) => {
      const claims = (owner.manifest.spec?.volumeClaimTemplates ?? []) as { metadata?: { name?: string } }[];
      const volumes = new Set([
        ...(owner.spec.volumes ?? []).map(({ name }) => name),
        ...claims.map(({ metadata }) => metadata?.name),
      ]);
      const mounts = owner.spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
      const lost = mounts.find((name) => !volumes.has(name));
      if (lost) return `mounts ${lost}, which is no volume of its`;
      const idle = [...volumes].find((name) => name === undefined || !mounts.includes(name));
      if (idle) return `volume ${idle} is mounted nowhere`;
      for (const { kind, name, files = [] } of sources(owner)) {
        const source = objects.find(kind, name);
        if (!source) return `${kind} ${name} is not declared`;
        const missing = files.find((file) => !(file in { ...source.data, ...source.stringData }));
        if (missing) return `${kind} ${name} has no ${missing}`;
      }
      return undefined;
    },
  ),
  {
    name: "unique-names",
    says: "No two objects of one kind and namespace have the same name, and no container sets a variable twice.",
    violations: (objects) => {
      const seen = new Set<string>();
      const twice = objects.all
        .filter((manifest) => {
          const key = `${manifest.metadata?.namespace}/${title(manifest)}`;
          return seen.has(key) || !seen.add(key);
        })
        .map((manifest) => `${title(manifest)}: declared twice`);
      const variables = objects.containers
        .filter(({ container: { env = [] } }) => new Set(env.map(({ name }) => name)).size < env.length)
        .map(({ where }) => `${where}: sets a variable twice`);
      return [...twice, ...variables];
    },
  },
  {
    name: "fixed-names",
    says: "Every object has a name that a preview knows.",
    violations: (objects) =>
      objects.all
        .filter(({ metadata }) => !/^[a-z0-9.-]{1,63}$/.test(metadata?.name ?? ""))
        .map((manifest) => `${title(manifest)}: no fixed name`),
  },
  {
    name: "labels",
    says: "Every object says which workload it is of.",
    violations: (objects) =>
      objects.all.flatMap((manifest) => {
        const missing = LABELS.filter((label) => !manifest.metadata?.labels?.[label]);
        return missing.length > 0 ? [`${title(manifest)}: no label ${missing.join()}`] : [];
      }),
  },
];
