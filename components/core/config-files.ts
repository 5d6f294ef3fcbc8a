import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { contentName } from "./content-name";
import { labelsOf, type Workload } from "./labels";

export interface ConfigFilesArgs {
  readonly workload: Workload;
  readonly namespace: pulumi.Input<string>;
  /** Text of each file by its name. */
  readonly files: Readonly<Record<string, string>>;
  /** What the object's name begins with. @default the workload's name */
  readonly prefix?: string;
}

/** Files of a workload in a ConfigMap that never changes: other content is another object, by its name, so pods roll. */
export function configFiles(resource: string, args: ConfigFilesArgs, parent: pulumi.Resource): k8s.core.v1.ConfigMap {
  const { workload, namespace, files, prefix = workload.name } = args;
  return new k8s.core.v1.ConfigMap(
    resource,
    {
      metadata: { name: contentName(prefix, files), namespace, labels: labelsOf(workload) },
      immutable: true,
      data: { ...files },
    },
    { parent },
  );
}
