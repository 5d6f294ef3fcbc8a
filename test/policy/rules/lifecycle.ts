import type { types } from "@pulumi/kubernetes";
import type { Container, PodOwner } from "../../../components/core/manifest";
import { containerRule, podRule, type Rule } from "../rule";

type Probe = types.output.core.v1.Probe | undefined;

function probeProblem(name: string, probe: Probe, { ports = [] }: Container): string | undefined {
  if (!probe) return `no ${name}`;
  const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
  if (port === undefined) return probe.exec || probe.grpc ? undefined : `${name} asks nothing`;
  return ports.some(({ name, containerPort }) => port === name || port === containerPort)
    ? undefined
    : `${name} asks port ${port}, which is not the container's`;
}

/** What ends by itself is not watched: pods of jobs, and containers that prepare a pod. */
function unlessTransient(check: (container: Container) => string | undefined) {
  return (container: Container, { transient, spec }: PodOwner) =>
    transient || spec.initContainers?.includes(container) ? undefined : check(container);
}

/** How pods start, are watched and end. */
export const lifecycleRules: readonly Rule[] = [
  containerRule(
    "readiness-probe",
    "Nothing is sent to a pod before it says it is ready.",
    unlessTransient((container) => probeProblem("readinessProbe", container.readinessProbe, container)),
  ),
  containerRule(
    "liveness-probe",
    "A stuck pod is started anew, and a slow start is not taken for one.",
    unlessTransient(
      (container) =>
        probeProblem("livenessProbe", container.livenessProbe, container) ??
        probeProblem("startupProbe", container.startupProbe, container),
    ),
  ),
  podRule("graceful-stop", "Pods that serve get more than 30 s to finish.", ({ spec, transient }) =>
    transient || (spec.terminationGracePeriodSeconds ?? 0) >= 30
      ? undefined
      : "terminationGracePeriodSeconds is below 30",
  ),
  podRule("update-strategy", "How pods are replaced is said, not left to a default.", ({ manifest, transient }) => {
    const spec = manifest.spec as { strategy?: { type?: string }; updateStrategy?: { type?: string } };
    return transient || (spec.strategy?.type ?? spec.updateStrategy?.type) ? undefined : "no update strategy";
  }),
  podRule(
    "bounded-jobs",
    "Jobs give up at some point, and runs that people start are cleaned up.",
    ({ manifest, spec, transient }) => {
      if (!transient) return undefined;
      type JobSpec = { backoffLimit?: number; activeDeadlineSeconds?: number; ttlSecondsAfterFinished?: number };
      const template = (manifest.spec as { jobTemplate?: { spec?: JobSpec } }).jobTemplate?.spec;
      const job: JobSpec = template ?? (manifest.spec as JobSpec);
      if (job.backoffLimit === undefined) return "no backoffLimit";
      if (job.activeDeadlineSeconds === undefined) return "no activeDeadlineSeconds";
      if (template && job.ttlSecondsAfterFinished === undefined) return "no ttlSecondsAfterFinished";
      return spec.restartPolicy === "Never" || spec.restartPolicy === "OnFailure"
        ? undefined
        : `restartPolicy ${spec.restartPolicy}`;
    },
  ),
];
