import type { Objects } from "./lab";

/** Address of the port `http` of a Service, as this machine reaches it. */
export async function addressOf(objects: Objects, name: string): Promise<string> {
  const { spec } = await objects.kubeGet<{ spec: { clusterIP: string; ports: { name: string; port: number }[] } }>(
    `service/${name}`,
  );
  const port = spec.ports.find((one) => one.name === "http")?.port;
  return `http://${spec.clusterIP}:${port}`;
}
