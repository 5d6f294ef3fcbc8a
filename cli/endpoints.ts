import { NOTEBOOK } from "./credentials";
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
export function webUrl(host: string, port: number, path = ""): string {
  return `http://${host}${port === 80 ? "" : `:${port}`}/${path}`;
}

/** Path of a server's page, with the token for those who have it: JupyterLab opens with nothing less. */
export function pagePath(service: string, token: string): string {
  return service === NOTEBOOK.server ? `lab?token=${token}` : "";
}

/**
 * One Service as a row; undefined for a headless one, which is for pods among themselves.
 * @param typed a command as it must be typed to mean the stack
 */
export function endpointRow(
  { metadata: { name }, spec }: ServiceObject,
  direct: boolean,
  typed = (command: string) => command,
): EndpointRow | undefined {
  const { clusterIP, ports = [] } = spec;
  if (ports.length === 0 || clusterIP === "None") return undefined;
  const web = webPort(ports);
  const path = pagePath(name, `$(${typed(`lab credentials ${NOTEBOOK.user}`)})`);
  const url = direct && web !== undefined && clusterIP !== undefined ? `${webUrl(clusterIP, web, path)} or ` : "";
  const here = `${url}${typed(`lab open ${name}`)}`;
  return { name, inside: ports.map(({ port }) => `${name}:${port}`).join(", "), here };
}

/** The Services of a stack. The embedded cluster's are reached from this machine, too. */
export async function endpointsOf({ kube, context, file: { stack } }: Target): Promise<EndpointRow[]> {
  const services = await kube.list<ServiceObject>("services");
  const typed = (command: string) => typedFor(stack, command);
  return services.flatMap((service) => endpointRow(service, context === undefined, typed) ?? []);
}
