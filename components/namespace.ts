import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf } from "./core/labels";
import { denyAll } from "./core/network";

/** Where a component puts its objects. */
export interface Place {
  /** The namespace's name, for texts that must be known before anything is created. */
  readonly name: string;
  /** The same name, once the namespace is there. */
  readonly ref: pulumi.Input<string>;
}

export interface NamespaceArgs {
  readonly name: string;
  /** Refuse to delete it: a namespace takes its volumes' claims with it. @default false */
  readonly protect?: boolean;
}

/** A namespace in which nothing unsafe is admitted and nothing may talk: what may is said by `Network`. */
export class Namespace extends pulumi.ComponentResource implements Place {
  readonly name: string;
  readonly ref: pulumi.Output<string>;
  /** For `deletedWith`: deleting the namespace deletes all that is in it, at once and not object by object. */
  readonly resource: pulumi.Resource;

  constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:core:Namespace", name, {}, opts);
    const labels = labelsOf({ name: "namespace", component: "namespace" });
    const level = { enforce: "restricted", warn: "restricted", audit: "restricted" };
    const namespace = new k8s.core.v1.Namespace(
      name,
      {
        metadata: {
          name: args.name,
          labels: {
            ...labels,
            ...Object.fromEntries(
              Object.entries(level).map(([mode, value]) => [`pod-security.kubernetes.io/${mode}`, value]),
            ),
          },
        },
      },
      { parent: this, protect: args.protect ?? false },
    );
    this.name = args.name;
    this.ref = namespace.metadata.name;
    this.resource = namespace;
    new k8s.networking.v1.NetworkPolicy(
      "deny-all",
      {
        metadata: { name: "deny-all", namespace: this.ref, labels },
        spec: denyAll(),
      },
      { parent: this, deletedWith: namespace },
    );
    this.registerOutputs({ name: this.ref });
  }
}
