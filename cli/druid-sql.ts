import type { ApiReader } from "./kube";

/** Path of a port of one of the stack's Services, through the API server's proxy. */
export function servicePath(namespace: string, service: string, port: number): string {
  return `/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy`;
}

/** What answers questions about the stack's Druid. */
export interface DruidReader {
  get<T>(path: string): Promise<T>;
  /** Rows of a query, by column. Times are ISO 8601, UTC. */
  sql<T>(query: string): Promise<T[]>;
}

/** Druid's router, as it is reached from here. */
export function druidReader(api: ApiReader, namespace: string): DruidReader {
  const router = servicePath(namespace, "druid-router", 8888);
  return {
    get: (path) => api.json(`${router}${path}`),
    sql: (query) => api.post(`${router}/druid/v2/sql`, { query }),
  };
}
