import type { types } from "@pulumi/kubernetes";

type Probe = types.input.core.v1.Probe;

/** The three probes of a container. */
export interface Probes {
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
}

/** How long a container may take. */
export interface ProbeTimes {
  /** Longest start before the container is started anew. @default 120 */
  startSeconds?: number;
  /** How long it may be stuck before it is started anew. @default 60 */
  stuckSeconds?: number;
}

const PERIOD_SECONDS = 10;
/** Asked often while starting, so that a rollout does not wait for a probe. */
const START_PERIOD_SECONDS = 2;

/** Probes of a job's own server: `/healthz` says whether it works, `/readyz` whether it is up to date. */
export function httpProbes(port: number | string, times: ProbeTimes = {}): Probes {
  return probes({ httpGet: { path: "/readyz", port } }, { httpGet: { path: "/healthz", port } }, times);
}

/** Probes of a web site: a page that needs all of it once at the start, then a file that costs nothing to serve. */
export function pageProbes(
  paths: { started: string; alive: string },
  port: number | string,
  times: ProbeTimes = {},
): Probes {
  const alive = { httpGet: { path: paths.alive, port } };
  const all = probes(alive, alive, times);
  return { ...all, startupProbe: { ...all.startupProbe, httpGet: { path: paths.started, port } } };
}

/** Probes of a server that says on one path that it works, and on another that it can serve. */
export function pathProbes(
  paths: { ready: string; alive: string },
  port: number | string,
  times: ProbeTimes = {},
): Probes {
  return probes({ httpGet: { path: paths.ready, port } }, { httpGet: { path: paths.alive, port } }, times);
}

/** Probes of a server that listens only when it is ready to serve. */
export function tcpProbes(port: number | string, times: ProbeTimes = {}): Probes {
  return probes({ tcpSocket: { port } }, { tcpSocket: { port } }, times);
}

function probes(ready: Probe, alive: Probe, { startSeconds = 120, stuckSeconds = 60 }: ProbeTimes): Probes {
  return {
    startupProbe: {
      ...alive,
      periodSeconds: START_PERIOD_SECONDS,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(startSeconds / START_PERIOD_SECONDS),
    },
    readinessProbe: { ...ready, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
    livenessProbe: {
      ...alive,
      periodSeconds: PERIOD_SECONDS,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(stuckSeconds / PERIOD_SECONDS),
    },
  };
}
