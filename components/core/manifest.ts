import type { types } from "@pulumi/kubernetes";

type PodTemplate = types.output.core.v1.PodTemplateSpec;
export type PodSpec = types.output.core.v1.PodSpec;
export type Container = types.output.core.v1.Container;

/** A Kubernetes object as declared: all values known. Any part may be missing, for nothing has checked it yet. */
export interface Manifest {
  /** E.g. `StatefulSet`. */
  readonly kind: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly automountServiceAccountToken?: boolean;
}

/** A resource as the engine sees it. */
export interface Resource {
  /** Pulumi's type, e.g. `kubernetes:apps/v1:StatefulSet`. */
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The Kubernetes objects among resources. */
export function manifests(resources: readonly Resource[]): Manifest[] {
  return resources.flatMap(({ type, inputs }) => {
    const kind = /^kubernetes:[^:]+:(\w+)$/.exec(type)?.[1];
    return kind ? [{ ...inputs, kind }] : [];
  });
}

/** What runs pods, with the template of its pods. */
export interface PodOwner {
  readonly manifest: Manifest;
  readonly template: PodTemplate;
  readonly spec: PodSpec;
  /** Pods at once. */
  readonly replicas: number;
  /** Whether pods end by themselves. */
  readonly transient: boolean;
}

/** The pods an object makes, if it makes any. */
export function podOwner(manifest: Manifest): PodOwner | undefined {
  const spec = manifest.spec as
    | {
        template?: PodTemplate;
        replicas?: number;
        parallelism?: number;
        jobTemplate?: { spec?: { template?: PodTemplate } };
      }
    | undefined;
  const template = manifest.kind === "CronJob" ? spec?.jobTemplate?.spec?.template : spec?.template;
  if (!template?.spec) return undefined;
  const transient = manifest.kind === "Job" || manifest.kind === "CronJob";
  return { manifest, template, spec: template.spec, transient, replicas: transient ? 1 : (spec?.replicas ?? 1) };
}

/** `kind/name` of an object, for messages. */
export function title(manifest: Manifest): string {
  return `${manifest.kind}/${manifest.metadata?.name ?? "(no name)"}`;
}
