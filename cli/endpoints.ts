import type { Kube, KubeObject } from "./kube";

interface ServiceObject extends KubeObject {
  readonly spec: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly port: number; readonly name?: string; readonly appProtocol?: string }[];
  };
}

/** Where something the stack offers is reached. */
export interface EndpointRow {
  readonly name: string;
  /** What a client inside the cluster is given. */
  readonly inside: string;
  /** How a person on this machine gets there. */
  readonly here: string;
}

/** Ports behind which there is a page for a browser. */
const WEB_PORT = 80;

/** The Services of the stack. `direct`: this machine reaches Service addresses, as the embedded cluster's does. */
export async function endpointsOf(kube: Kube, direct: boolean): Promise<EndpointRow[]> {
  const services = await kube.list<ServiceObject>("services");
  return services.flatMap(({ metadata: { name }, spec }) => {
    const port = spec.ports?.[0]?.port;
    if (port === undefined || spec.clusterIP === "None") return []; // headless: for the pods among themselves
    const web = port === WEB_PORT;
    const reachable = direct && web && spec.clusterIP !== undefined && spec.clusterIP !== "None";
    const url = reachable ? `http://${spec.clusterIP}/ or ` : "";
    return [{ name, inside: `${name}:${port}`, here: `${url}lab open ${name}` }];
  });
}
