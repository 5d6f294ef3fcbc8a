import type { types } from "@pulumi/kubernetes";
import { type Manifest, type PodOwner, title } from "../../../components/core/manifest";
import { type Objects, podRule, type Rule, selects } from "../rule";

type PolicySpec = types.output.networking.v1.NetworkPolicySpec;
type Selector = types.output.meta.v1.LabelSelector;
type Peer = types.output.networking.v1.NetworkPolicyPeer;
type Port = types.output.networking.v1.NetworkPolicyPort;

/** A server that a config names. */
export interface NamedHost {
  readonly host: string;
  readonly port: number;
}

/** Every `host:port` and every host with its port that a config file names. */
export function namedHosts(text: string): NamedHost[] {
  const direct = [...text.matchAll(/(?<![\w.:-])([a-z][a-z0-9.-]*):(\d{2,5})\b/g)];
  const apart = [
    ...text.matchAll(/['"]host['"]\s*(?:=>|:)\s*['"]([^'"]+)['"],\s*['"]port['"]\s*(?:=>|:)\s*['"]?(\d+)/g),
  ];
  return [...direct, ...apart].map(([, host = "", port]) => ({ host, port: Number(port) }));
}

function matches(selector: Selector | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  const expressions = (selector?.matchExpressions ?? []).every(
    ({ key, operator, values = [] }) => operator === "In" && values.includes(labels[key] ?? ""),
  );
  return expressions && selects(selector?.matchLabels, labels);
}

function opens(rule: { peers?: Peer[]; ports?: Port[] }, other: PodOwner, port: number): boolean {
  const toPeer =
    !rule.peers ||
    rule.peers.some(
      ({ podSelector, namespaceSelector, ipBlock }) =>
        podSelector && !namespaceSelector && !ipBlock && matches(podSelector, other.template.metadata?.labels),
    );
  return toPeer && (!rule.ports || rule.ports.some((open) => open.port === port));
}

/** Whether NetworkPolicies let one workload's pods call another's on a port of theirs. */
export function mayCall(objects: Objects, from: PodOwner, to: PodOwner, port: number): boolean {
  const specs = objects.of("NetworkPolicy").map(({ spec }) => spec as unknown as PolicySpec);
  const of = (owner: PodOwner) =>
    specs.filter(({ podSelector }) => matches(podSelector, owner.template.metadata?.labels));
  const out = of(from).flatMap(({ egress = [] }) => egress.map(({ to: peers, ports }) => ({ peers, ports })));
  const into = of(to).flatMap(({ ingress = [] }) => ingress.map(({ from: peers, ports }) => ({ peers, ports })));
  return out.some((rule) => opens(rule, to, port)) && into.some((rule) => opens(rule, from, port));
}

/** Whether NetworkPolicies let a workload's pods call a port of whatever is outside of the stack. */
function mayCallOutside(objects: Objects, from: PodOwner, port: number): boolean {
  const specs = objects.of("NetworkPolicy").map(({ spec }) => spec as unknown as PolicySpec);
  const own = specs.filter(({ podSelector }) => matches(podSelector, from.template.metadata?.labels));
  return own.some(({ egress = [] }) =>
    egress.some(({ to, ports = [] }) => !to && ports.some((one) => one.port === port)),
  );
}

/** The config texts a workload's pods read. */
/** Files whose servers are called by others than who mounts them: a deployer hands its topologies to Storm's workers. */
const CALLERS: Readonly<Record<string, string>> = { "topologies.json": "storm-supervisor" };

/** A text that names servers, and whose pods call them; undefined when there are no such pods. */
interface ConfigText {
  readonly text: string;
  readonly caller: PodOwner | undefined;
}

function configTexts(objects: Objects, owner: PodOwner): ConfigText[] {
  const { spec } = owner;
  const files = (spec.volumes ?? []).flatMap(({ configMap }) => objects.find("ConfigMap", configMap?.name) ?? []);
  const env = spec.containers.flatMap(({ env = [] }) => env.flatMap(({ value }) => value ?? []));
  const callerOf = (file: string): PodOwner | undefined => {
    const workload = Object.hasOwn(CALLERS, file) ? CALLERS[file] : undefined;
    return workload === undefined ? owner : objects.pods.find(({ manifest }) => manifest.metadata?.name === workload);
  };
  return [
    ...files.flatMap(({ data = {} }) => Object.entries(data)).map(([file, text]) => ({ text, caller: callerOf(file) })),
    ...env.map((text) => ({ text, caller: owner })),
  ];
}

function serviceOf(objects: Objects, host: string): Manifest | undefined {
  const [first, second] = host.split(".");
  return objects.find("Service", first) ?? objects.find("Service", second);
}

function hostProblem(objects: Objects, owner: PodOwner, { host, port }: NamedHost): string | undefined {
  const service = serviceOf(objects, host);
  if (!service) return mayCallOutside(objects, owner, port) ? undefined : `${host}:${port} is no declared Service`;
  const { selector, ports = [] } = service.spec as unknown as types.output.core.v1.ServiceSpec;
  const open = ports.find((one) => one.port === port);
  if (!open) return `${host} has no port ${port}`;
  const targets = objects.pods.filter(({ template }) => selects(selector, template.metadata?.labels));
  const closed = targets.find((target) => {
    const podPorts = target.spec.containers
      .flatMap(({ ports: own = [] }) => own)
      .filter(({ name, containerPort }) => name === open.targetPort || containerPort === (open.targetPort ?? port));
    return !podPorts.some(({ containerPort }) => mayCall(objects, owner, target, containerPort));
  });
  return closed ? `no NetworkPolicy lets it call ${host}:${port} (${title(closed.manifest)})` : undefined;
}

/** Who may talk to whom. */
export const networkRules: readonly Rule[] = [
  {
    name: "default-deny",
    says: "In every namespace with pods nothing may talk unless a policy says so.",
    violations: (objects) =>
      [...new Set(objects.pods.map(({ manifest }) => manifest.metadata?.namespace))].flatMap((namespace) => {
        const closed = objects.of("NetworkPolicy").some(({ metadata, spec }) => {
          const { podSelector, policyTypes = [], ingress, egress } = spec as unknown as PolicySpec;
          return (
            metadata?.namespace === namespace &&
            Object.keys(podSelector ?? {}).length === 0 &&
            policyTypes.includes("Ingress") &&
            policyTypes.includes("Egress") &&
            !ingress?.length &&
            !egress?.length
          );
        });
        return closed ? [] : [`namespace ${namespace}: no policy that denies all`];
      }),
  },
  podRule("network-policy", "Every workload has a policy of its own, for both directions.", ({ template }, objects) => {
    const own = objects.of("NetworkPolicy").some(({ spec }) => {
      const { podSelector, policyTypes = [] } = spec as unknown as PolicySpec;
      const named = Object.keys(podSelector?.matchLabels ?? {}).length > 0;
      return named && policyTypes.length === 2 && matches(podSelector, template.metadata?.labels);
    });
    return own ? undefined : "no NetworkPolicy names it";
  }),
  {
    name: "no-dangling-policy",
    says: "A policy selects pods that are declared, and admits pods that are declared.",
    violations: (objects) =>
      objects.of("NetworkPolicy").flatMap((policy) => {
        const { podSelector, ingress = [], egress = [] } = policy.spec as unknown as PolicySpec;
        const named = [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)];
        const peers = named.filter(({ namespaceSelector }) => !namespaceSelector); // others' pods are not declared here
        return [podSelector, ...peers.map((peer) => peer.podSelector)]
          .filter(
            (selector) =>
              selector && !objects.pods.some(({ template }) => matches(selector, template.metadata?.labels)),
          )
          .map((selector) => `${title(policy)}: ${JSON.stringify(selector)} selects no declared pods`);
      }),
  },
  {
    name: "hosts-reachable",
    says: "Every server that a config names is a declared Service, and both ends of the way to it are open.",
    violations: (objects) =>
      objects.pods.flatMap((owner) =>
        configTexts(objects, owner).flatMap(({ text, caller }) =>
          namedHosts(text).flatMap((host) => {
            const problem = caller ? hostProblem(objects, caller, host) : `nobody calls ${host.host} for it`;
            return problem ? [`${title(owner.manifest)}: ${problem}`] : [];
          }),
        ),
      ),
  },
];
