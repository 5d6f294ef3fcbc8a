/** Marks special values in what Pulumi sends; part of its wire format. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** What stands for a value that preview cannot know yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value as Pulumi sends it, with its marks taken off. */
export interface Plain {
  value: unknown;
  /** Texts that were marked as secret, wherever in the value. */
  secrets: string[];
  /** Whether any part of it is not known yet. */
  unknown: boolean;
}

/** A property bag as it comes from and goes to Pulumi. */
export type Properties = Record<string, unknown>;

/** Takes the marks of secrets and outputs off a value, and says what they were. */
export function plain(value: unknown): Plain {
  const secrets: string[] = [];
  let unknown = false;
  const walk = (part: unknown, secret: boolean): unknown => {
    if (part === UNKNOWN) unknown = true;
    if (typeof part === "string" && secret && part !== UNKNOWN) secrets.push(part);
    if (Array.isArray(part)) return part.map((item) => walk(item, secret));
    if (!isProperties(part)) return part;
    const mark = part[SIGNATURE];
    if (mark === SECRET) return walk(part.value, true);
    if (mark === OUTPUT) return walk("value" in part ? part.value : UNKNOWN, secret || part.secret === true);
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, walk(item, secret)]));
  };
  return { value: walk(value, false), secrets, unknown };
}

/** Marks a value as secret again, so that Pulumi encrypts it in its state. */
export function secret(value: unknown): Properties {
  return { [SIGNATURE]: SECRET, value };
}

/** Whether a value is a property bag. */
export function isProperties(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is marked as secret as a whole. */
export function isSecret(value: unknown): value is { value: unknown } {
  return isProperties(value) && value[SIGNATURE] === SECRET;
}
