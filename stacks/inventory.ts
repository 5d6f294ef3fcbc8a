import * as pulumi from "@pulumi/pulumi";

/** One declared resource, with its inputs as they reach the engine. */
export interface Declared {
  /** Pulumi's type, e.g. `kubernetes:apps/v1:StatefulSet`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * Runs `program` without an engine and resolves with every resource it declared, secrets included in plain text: for plans
 * and tests. Nothing is built, called or changed. One run at a time per process.
 */
export async function inventory(program: () => unknown, stack = "test"): Promise<Declared[]> {
  const seen: Declared[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        seen.push({ type, name, inputs });
        return { id: name, state: { ...inputs, ...computed(type, inputs) } };
      },
      call: ({ inputs }) => inputs,
    },
    "bigdata-lab",
    stack,
  );
  await program();
  await pulumi.runtime.disconnect(); // waits for every registration; without it a half-filled list is read
  return seen;
}

/** What a provider would add to a resource's inputs, as far as the program reads it. */
function computed(type: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (type !== "docker:index/image:Image") return {};
  const [repository = ""] = String(inputs.imageName).split(/:[^/]*$/);
  return { repoDigest: `${repository}@sha256:${"0".repeat(64)}` };
}
