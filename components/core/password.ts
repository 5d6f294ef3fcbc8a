import { randomBytes } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf, type Workload } from "./labels";

/** A Secret of one file. */
export interface SecretFile {
  /** Name of the Secret. */
  readonly secret: string;
  /** Key in it, which is the file's name where it is mounted. */
  readonly file: string;
}

export interface PasswordArgs extends SecretFile {
  readonly namespace: pulumi.Input<string>;
  readonly workload: Workload;
  /** The value. @default random, made once and kept for as long as the stack stands */
  readonly value?: pulumi.Input<string>;
  /** Refuse to delete it, because data that outlives the stack depends on it. @default false */
  readonly protect?: boolean;
}

/**
 * A password in a Secret of its own, to be mounted as a file. A random one is made by the first update only: later updates
 * ignore the new candidate, so nothing changes and no configuration is needed.
 */
export function password(args: PasswordArgs, parent: pulumi.Resource): k8s.core.v1.Secret {
  const { secret, file, namespace, workload, value, protect = false } = args;
  const content = pulumi.secret(value ?? randomBytes(24).toString("base64url"));
  return new k8s.core.v1.Secret(
    secret,
    {
      metadata: { name: secret, namespace, labels: labelsOf(workload) },
      type: "Opaque",
      data: { [file]: content.apply((text) => Buffer.from(text).toString("base64")) },
    },
    { parent, protect, ignoreChanges: value === undefined ? ["data"] : [], additionalSecretOutputs: ["data"] },
  );
}

/** Where secrets are mounted: `/etc/secrets/<group>/<file>`. */
export function secretPath(group: string, file: string): string {
  return `/etc/secrets/${group}/${file}`;
}

/** Volume and mount that put files of several Secrets into one directory, readable by the container's group only. */
export function secretFiles(
  group: string,
  files: readonly SecretFile[],
): {
  volume: k8s.types.input.core.v1.Volume;
  mount: k8s.types.input.core.v1.VolumeMount;
} {
  const name = `secrets-${group}`;
  return {
    volume: {
      name,
      projected: {
        defaultMode: 0o440,
        sources: files.map(({ secret, file }) => ({ secret: { name: secret, items: [{ key: file, path: file }] } })),
      },
    },
    mount: { name, mountPath: `/etc/secrets/${group}`, readOnly: true },
  };
}
