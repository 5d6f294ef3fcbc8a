import { type LabPaths, NODE_ADDRESS, NODE_NAME, PORTS } from "./layout";
import { request } from "./supervisor/readiness";

/** GET from the API server as the administrator. Rejects when it does not answer with 200 in time. */
export async function getFromApi<T>(paths: LabPaths, path: string, timeoutMs = 5_000): Promise<T> {
  const pki = (name: string) => `${paths.pki}/${name}`;
  const url = `https://${NODE_ADDRESS}:${PORTS.api}${path}`;
  const check = { kind: "https", url, ca: pki("ca.crt"), cert: pki("admin.crt"), key: pki("admin.key") } as const;
  const { status, body } = await request(check, timeoutMs);
  if (status !== 200) throw new Error(`${url}: ${status} ${body.slice(0, 200)}`);
  return JSON.parse(body) as T;
}

interface Node {
  status?: { conditions?: { type: string; status: string; message?: string; lastHeartbeatTime?: string }[] };
}

/** Whether the node is Ready, and what it says if not. */
export async function nodeCondition(paths: LabPaths): Promise<{ ready: boolean; message: string }> {
  const node = await getFromApi<Node>(paths, `/api/v1/nodes/${NODE_NAME}`).catch((error: Error) => error);
  if (node instanceof Error) return { ready: false, message: node.message };
  const condition = node.status?.conditions?.find(({ type }) => type === "Ready");
  return { ready: condition?.status === "True", message: condition?.message ?? "the node has not reported yet" };
}
