import type { Declared } from "../../stacks/inventory";

/** A stack as text that changes only when what is declared changes: no hashes of sources, no random passwords. */
export function described(all: readonly Declared[]): Map<string, unknown> {
  const kinds = all.filter(({ type }) => /^(kubernetes|docker):/.test(type));
  return new Map(
    kinds
      .map(({ type, name, inputs, secretPaths, protect }): [string, unknown] => [
        `${type.split(":").at(-1)} ${name}`,
        { ...(settled(inputs, "", new Set(secretPaths)) as object), ...(protect ? { protect } : {}) },
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** One line per difference, `where: before → after`, sorted. */
export function differences(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): string[] {
  const common = (all: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>) =>
    leaves(Object.fromEntries([...all].map(([key, value]) => [key, other.has(key) ? value : "(declared)"])), []);
  const a = common(before, after);
  const b = common(after, before);
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((path) => a.get(path) !== b.get(path))
    .sort()
    .map((path) => `${path}: ${a.get(path) ?? "(none)"} → ${b.get(path) ?? "(none)"}`);
}

function settled(value: unknown, path: string, secrets: ReadonlySet<string>): unknown {
  if (secrets.has(path)) return "(secret)";
  if (Array.isArray(value)) return value.map((item, index) => settled(item, `${path}.${index}`, secrets));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, settled(item, path ? `${path}.${key}` : key, secrets)]),
    );
  }
  if (typeof value !== "string") return value;
  return value
    .replace(/^(lab\.local\/[\w-]+):[0-9a-f]{16}$/, "$1:(hash of its sources)")
    .replace(/^([a-z-]+)-[0-9a-f]{10}$/, "$1-(hash)")
    .replace(process.cwd(), "(project)");
}

/** Every leaf with its path; a text of several lines counts line by line. */
function leaves(value: unknown, path: string[]): Map<string, string> {
  if (typeof value === "string" && value.includes("\n")) {
    return leaves(Object.fromEntries(value.split("\n").filter(Boolean).map(lineEntry)), path);
  }
  if (value === null || typeof value !== "object") return new Map([[path.join(" "), JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([key, item]) => [...leaves(item, [...path, key])]));
}

/** `key=value` and `"key": value` lines by their key, others by what they say. */
function lineEntry(line: string): [string, string] {
  const [, key, rest] = /^\s*"?([\w.]+)"?\s*[=:]\s*(.*)$/.exec(line) ?? [];
  return key === undefined ? [line, ""] : [key, rest ?? ""];
}
