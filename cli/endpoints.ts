import type { KubeObject } from "./kube";
import { type Target, typedFor } from "./target";

/** The fields of a Service that are read here. */
export interface ServiceObject extends KubeObject {
  readonly spec: { readonly clusterIP?: string; readonly ports?: readonly ServicePort[] };
}

/** Where something the stack offers is reached. */
export interface EndpointRow {
  readonly name: string;
  /** What a client inside the cluster is given. */
  readonly inside: string;
  /** How a person on this machine gets there. */
  readonly here: string;
}

/** A port of a Service. */
export interface ServicePort {
  readonly port: number;
  readonly name?: string;
}

/** The port behind which a Service has a page for a browser; undefined when it has none. */
export function webPort(ports: readonly ServicePort[]): number | undefined {
  return ports.find(({ name }) => name === "http")?.port;
}

/** URL of a page on port `port` of a host, as people type it. */
export function webUrl(host: string, port: number): string {
  return `http://${host}${port === 80 ? "" : `:${port}`}/`;
}

/**
 * One Service as a row; undefined for a headless one, which is for pods among themselves.
 * @param opener the command that opens a Service by its name
 */
export function endpointRow(
  { metadata: { name }, spec }: ServiceObject,
  direct: boolean,
  opener = (service: string) => `lab open ${service}`,
): EndpointRow | undefined {
  const { clusterIP, ports = [] } = spec;
  if (ports.length === 0 || clusterIP === "None") return undefined;
  const web = webPort(ports);
  const url = direct && web !== undefined && clusterIP !== undefined ? `${webUrl(clusterIP, web)} or ` : "";
  return { name, inside: ports.map(({ port }) => `${name}:${port}`).join(", "), here: `${url}${opener(name)}` };
}

/** The Services of a stack. The embedded cluster's are reached from this machine, too. */
export async function endpointsOf({ kube, context, file: { stack } }: Target): Promise<EndpointRow[]> {
  const services = await kube.list<ServiceObject>("services");
  const opener = (service: string) => typedFor(stack, `lab open ${service}`);
  return services.flatMap((service) => endpointRow(service, context === undefined, opener) ?? []);
}
