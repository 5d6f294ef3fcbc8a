import { createHash } from "node:crypto";

/** Hash of a content, short enough for a name. */
export function contentHash(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 10);
}

/**
 * Name of an object that is replaced whenever its content changes. What refers to it changes with it, so pods roll; and
 * the name is known before anything is created, so a preview can check who refers to whom.
 */
export function contentName(name: string, content: unknown): string {
  return `${name}-${contentHash(content)}`;
}
