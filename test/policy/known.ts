import { UNKNOWN } from "./rule";

/**
 * A copy of a resource's properties in which each value that only an update will know is {@link UNKNOWN}. Pulumi hands
 * properties over behind a proxy that throws when such a value is looked at.
 */
export function known(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, knownAt(() => properties[key])]));
}

function knownAt(look: () => unknown): unknown {
  let value: unknown;
  try {
    value = look();
  } catch (error) {
    if (error instanceof Error && error.constructor.name === "UnknownValueError") return UNKNOWN;
    throw error;
  }
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value; // whose own map() the proxy does not survive
    return Array.from({ length: items.length }, (_, index) => knownAt(() => items[index]));
  }
  if (value !== null && typeof value === "object") return known(value as Record<string, unknown>);
  return value;
}
