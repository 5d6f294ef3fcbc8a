import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { collectDefaultMetrics, Registry } from "prom-client";

/** Answers requests for paths of a job's own. @returns false, and nothing is answered, when there is no such path */
export type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** What the probes ask. */
export interface HealthChecks {
  /** Why the process should be restarted, or undefined. Answers `/healthz`. */
  readonly complaint: () => string | undefined;
  /** Whether the job works now. Answers `/readyz`. */
  readonly ready: () => boolean;
  /** Asked for any other path. @default there are none */
  readonly answer?: Answer;
}

/** A running health server. */
export interface HealthServer {
  /** The port it listens on (the given one, or the one chosen for 0). */
  readonly port: number;
  close(): Promise<void>;
}

/** A registry with Node's own metrics (memory, event loop, garbage collection). */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Serves `/healthz`, `/readyz`, `/metrics` and what a job has besides, on all addresses. */
export async function serveHealth(port: number, registry: Registry, checks: HealthChecks): Promise<HealthServer> {
  const server = createServer(async (request, response) => {
    const plain = (status: number, text: string) => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
    };
    const path = request.url?.split("?")[0];
    if (path === "/healthz") {
      const complaint = checks.complaint();
      plain(complaint === undefined ? 200 : 503, complaint ?? "ok");
    } else if (path === "/readyz") {
      const ready = checks.ready();
      plain(ready ? 200 : 503, ready ? "ready" : "not ready");
    } else if (path === "/metrics") {
      const text = await registry.metrics();
      response.writeHead(200, { "content-type": registry.contentType }).end(text);
    } else if (!checks.answer?.(request, response)) {
      plain(404, "not found: /healthz, /readyz, /metrics");
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, resolve));
  return { port: portOf(server, port), close: () => closeServer(server) };
}

function portOf(server: Server, fallback: number): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : fallback;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
