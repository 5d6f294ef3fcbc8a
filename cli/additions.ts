import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { LabFailure } from "../cluster/core/failure";
import { cachePath } from "../cluster/core/paths";
import { PROJECT } from "../stacks/settings";
import { EXIT } from "./command";
import { type StackFile, stringConfig, withSetting } from "./stack-config";

/** What a person may add to a stack without a change of its file; each is the settings' key of its name. */
export const ADDITIONS = ["notebook"] as const;
export type Addition = (typeof ADDITIONS)[number];

/** Options of commands by which additions change. */
export const ADDITION_OPTIONS = { with: { type: "string" }, without: { type: "string" } } as const;
export const ADDITION_USAGE = `[--with ${ADDITIONS.join("|")}] [--without ${ADDITIONS.join("|")}]`;

/** What was added to a stack before, and not taken out since. */
export function rememberedAdditions(stack: string): Addition[] {
  const file = additionsFile(stack);
  const words = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return ADDITIONS.filter((name) => words.includes(name));
}

/** From now on every command means the stack with these. */
export function rememberAdditions(stack: string, additions: readonly Addition[]): void {
  const file = additionsFile(stack);
  if (additions.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, additions.map((name) => `${name}\n`).join(""));
}

/**
 * The additions of a stack after what was typed.
 * @throws LabFailure (exit code 2) when a word is none, or both or the stack's own file say otherwise
 */
export function changedAdditions(
  file: StackFile,
  before: readonly Addition[],
  typed: { readonly with?: string | undefined; readonly without?: string | undefined },
): Addition[] {
  const [added, removed] = [additionNamed("with", typed.with), additionNamed("without", typed.without)];
  if (added !== undefined && added === removed) throw refused(`--with and --without ${added} at once`);
  if (removed !== undefined && asksFor(file, removed)) {
    throw new LabFailure(`${file.path} itself asks for ${PROJECT}:${removed}`, {
      fix: "take the key out of the file; nothing was changed",
      exitCode: EXIT.usage,
    });
  }
  return ADDITIONS.filter((name) => name === added || (before.includes(name) && name !== removed));
}

/** The stack's file with the keys of what is added to it; what the file says itself stays. */
export function withAdditions(file: StackFile, additions: readonly Addition[]): StackFile {
  const missing = additions.filter((name) => !asksFor(file, name));
  return missing.reduce((changed, name) => withSetting(changed, `${PROJECT}:${name}`, {}), file);
}

function asksFor({ config }: StackFile, name: Addition): boolean {
  return `${PROJECT}:${name}` in stringConfig(config);
}

/** The addition that an option names. @throws LabFailure (exit code 2) when there is no such */
export function additionNamed(option: string, word: string | undefined): Addition | undefined {
  if (word === undefined) return undefined;
  const known = ADDITIONS.find((name) => name === word);
  if (known === undefined)
    throw refused(`--${option}: there is no "${word}" to add; there are: ${ADDITIONS.join(", ")}`);
  return known;
}

function refused(what: string): LabFailure {
  return new LabFailure(what, { exitCode: EXIT.usage });
}

function additionsFile(stack: string): string {
  return cachePath("pulumi-project", `${stack}.with`);
}
