import {
  type Container,
  type Manifest,
  manifests,
  type PodOwner,
  podOwner,
  type Resource,
  title,
} from "../../components/core/manifest";

/** What stands for a value that only an update will know, e.g. the digest of an image not built yet. */
export const UNKNOWN = "(known after the update)";

/** All objects of a stack, in the shapes rules ask for. */
export class Objects {
  readonly all: readonly Manifest[];
  readonly pods: readonly PodOwner[];

  constructor(resources: readonly Resource[]) {
    this.all = manifests(resources);
    this.pods = this.all.flatMap((manifest) => podOwner(manifest) ?? []);
  }

  of(kind: string): Manifest[] {
    return this.all.filter((manifest) => manifest.kind === kind);
  }

  /** The object of that kind and name, if it is declared. */
  find(kind: string, name: string | undefined): Manifest | undefined {
    return this.of(kind).find(({ metadata }) => metadata?.name === name);
  }

  /** Every container with the object that runs it. */
  get containers(): { owner: PodOwner; container: Container; where: string }[] {
    return this.pods.flatMap((owner) =>
      [...(owner.spec.initContainers ?? []), ...owner.spec.containers].map((container) => ({
        owner,
        container,
        where: `${title(owner.manifest)} container ${container.name}`,
      })),
    );
  }
}

/** One rule about a whole stack. A value: tests apply it to an inventory, the policy pack to a preview. */
export interface Rule {
  /** kebab-case, unique. */
  readonly name: string;
  /** What holds where the rule is kept, and why. */
  readonly says: string;
  /** One line per violation: where, and what is wrong. */
  readonly violations: (objects: Objects) => string[];
}

/** A rule that looks at one container at a time; `problem` says what is wrong with it. */
export function containerRule(
  name: string,
  says: string,
  problem: (container: Container, owner: PodOwner) => string | undefined,
): Rule {
  return {
    name,
    says,
    violations: (objects) =>
      objects.containers.flatMap(({ container, owner, where }) => {
        const found = problem(container, owner);
        return found ? [`${where}: ${found}`] : [];
      }),
  };
}

/** A rule that looks at the pods of one object at a time; `problem` says what is wrong with them. */
export function podRule(
  name: string,
  says: string,
  problem: (owner: PodOwner, objects: Objects) => string | undefined,
): Rule {
  return {
    name,
    says,
    violations: (objects) =>
      objects.pods.flatMap((owner) => {
        const found = problem(owner, objects);
        return found ? [`${title(owner.manifest)}: ${found}`] : [];
      }),
  };
}

/** Whether a selector picks something with these labels. An empty selector picks everything. */
export function selects(
  selector: Readonly<Record<string, string>> | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);
}
