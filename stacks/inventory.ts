import * as pulumi from "@pulumi/pulumi";

/** One declared resource, with its inputs as they reach the engine. */
export interface Declared {
  /** Pulumi's type, e.g. `kubernetes:apps/v1:StatefulSet`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of the inputs that are secrets to Pulumi, e.g. `data.root`: encrypted in its state. */
  readonly secretPaths: readonly string[];
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
}

/** Mark by which Pulumi tells a secret from other objects on its way to the engine. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/**
 * Runs `program` without an engine and resolves with every resource it declared, secrets included in plain text: for plans
 * and tests. Nothing is built, called or changed. One run at a time per process.
 */
export async function inventory(program: () => unknown, stack = "test"): Promise<Declared[]> {
  const seen: Omit<Declared, "protect">[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const secretPaths: string[] = [];
        seen.push({ type, name, inputs: plain(inputs, "", secretPaths) as Declared["inputs"], secretPaths });
        return { id: name, state: { ...inputs, ...computed(type, inputs) } };
      },
      call: ({ inputs }) => inputs,
    },
    "bigdata-lab",
    stack,
  );
  const guarded = noteProtected();
  await program();
  await pulumi.runtime.disconnect(); // waits for every registration; without it a half-filled list is read
  return seen.map((resource) => ({ ...resource, protect: guarded.has(`${resource.type} ${resource.name}`) }));
}

/** The part of Pulumi's monitor in which a resource's options pass by; mocks are not told of them. */
interface OptionsMonitor {
  registerResource(
    request: { getType(): string; getName(): string; getProtect(): boolean },
    ...rest: unknown[]
  ): unknown;
}

/** Type and name of each resource that is registered as protected from now on. */
function noteProtected(): ReadonlySet<string> {
  const guarded = new Set<string>();
  const monitor = pulumi.runtime.getMonitor() as unknown as OptionsMonitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    if (request.getProtect()) guarded.add(`${request.getType()} ${request.getName()}`);
    return register(request, ...rest);
  };
  return guarded;
}

/** A value without the wrapping of its secrets, whose paths are noted. */
function plain(value: unknown, path: string, secretPaths: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}.${index}`, secretPaths));
  if (value === null || typeof value !== "object") return value;
  if (SECRET_MARK in value && "value" in value) {
    secretPaths.push(path);
    return plain(value.value, path, secretPaths);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, plain(item, path ? `${path}.${key}` : key, secretPaths)]),
  );
}

/** What a provider would add to a resource's inputs, as far as the program reads it. */
function computed(type: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (type !== "docker:index/image:Image") return {};
  const [repository = ""] = String(inputs.imageName).split(/:[^/]*$/);
  return { repoDigest: `${repository}@sha256:${"0".repeat(64)}` };
}
