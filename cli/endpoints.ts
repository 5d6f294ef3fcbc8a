import type { Kube, KubeObject } from "./kube";

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

/** One Service as a row; undefined for a headless one, which is for pods among themselves. */
export function endpointRow({ metadata: { name }, spec }: ServiceObject, direct: boolean): EndpointRow | undefined {
  const { clusterIP, ports = [] } = spec;
  if (ports.length === 0 || clusterIP === "None") return undefined;
  const web = webPort(ports);
  const url = direct && web !== undefined && clusterIP !== undefined ? `${webUrl(clusterIP, web)} or ` : "";
  return { name, inside: ports.map(({ port }) => `${name}:${port}`).join(", "), here: `${url}lab open ${name}` };
}

/** The Services of the stack. `direct`: this machine reaches Service addresses, as the embedded cluster's does. */
export async function endpointsOf(kube: Kube, direct: boolean): Promise<EndpointRow[]> {
  const services = await kube.list<ServiceObject>("services");
  return services.flatMap((service) => endpointRow(service, direct) ?? []);
}
