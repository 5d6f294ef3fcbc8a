import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { LabFailure } from "../cluster/core/failure";
import { cachePath, projectRoot } from "../cluster/core/paths";
import { PROJECT } from "../stacks/settings";
import { EXIT } from "./command";

const CONTEXT_KEY = `${PROJECT}:context`;

/** Keys of a stack file that say how its secrets are encrypted, not what the stack is. */
const SECRETS_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

/** A stack's file as it lies in the checkout. */
export interface StackFile {
  readonly stack: string;
  readonly path: string;
  readonly text: string;
  /** The `config:` map, keys as written (`bigdata-lab:size`). */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether Pulumi may use the file itself: it says how secrets are encrypted, and nothing was put over it. */
  readonly complete: boolean;
}

/** Names of the stacks that have a file, sorted. */
export function knownStacks(directory = join(projectRoot(), "stacks")): string[] {
  return readdirSync(directory)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** @throws LabFailure (exit code 2) when the stack's name is none, it has no file, or the file is not YAML of the right shape. */
export function readStackFile(stack: string, directory = join(projectRoot(), "stacks")): StackFile {
  const path = join(directory, `Pulumi.${stack}.yaml`);
  const problemOfName = !/^[a-zA-Z0-9._-]+$/.test(stack)
    ? "invalid stack name"
    : existsSync(path)
      ? ""
      : "unknown stack";
  if (problemOfName !== "") {
    throw new LabFailure(`${problemOfName} "${stack}"; there are: ${knownStacks(directory).join(", ")}`, {
      fix: "name one of them",
      exitCode: EXIT.usage,
    });
  }
  const text = readFileSync(path, "utf8");
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw broken(path, problem.message.split("\n")[0] ?? "not YAML");
  const root: unknown = document.toJS() ?? {};
  if (!isMap(root)) throw broken(path, "a map was expected at the top");
  const config = root.config ?? {};
  if (!isMap(config)) throw broken(path, '"config" must be a map');
  const unknown = Object.keys(root).find((key) => key !== "config" && !isSecretsKey(key) && key !== "environment");
  if (unknown)
    throw broken(path, `unknown key "${unknown}" (allowed: config, environment, ${SECRETS_KEYS.join(", ")})`);
  return { stack, path, text, config, complete: SECRETS_KEYS.some((key) => key in root) };
}

/**
 * The first setting that is no text where one belongs: Pulumi would turn `5`, `[a]` or nothing at all into a text by itself.
 * @param structured keys whose values are objects or lists
 */
export function settingThatIsNoText(file: StackFile, structured: ReadonlySet<string>): string | undefined {
  return Object.entries(file.config)
    .filter(([, value]) => typeof value !== "string" && !(isMap(value) && typeof value.secure === "string"))
    .map(([key]) => (key.includes(":") ? key : `${PROJECT}:${key}`))
    .find((key) => key.startsWith(`${PROJECT}:`) && !structured.has(key.slice(PROJECT.length + 1)));
}

/** The same stack on another cluster: its file with another context. */
export function withContext(file: StackFile, context: string): StackFile {
  return withSetting(file, CONTEXT_KEY, context);
}

/** The same stack with a key of its config put over the file's; the file in the checkout stays as it is. */
export function withSetting(file: StackFile, key: string, value: unknown): StackFile {
  const document = parseDocument(file.text);
  document.setIn(["config", key], value);
  return { ...file, text: document.toString(), config: { ...file.config, [key]: value }, complete: false };
}

/** The config as Pulumi hands it to a program: every value a text, structures as JSON; what is encrypted stays unknown. */
export function stringConfig(config: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const name = key.includes(":") ? key : `${PROJECT}:${key}`;
      if (isMap(value) && typeof value.secure === "string") return [name, "encrypted-and-not-read-here"];
      return [name, typeof value === "string" ? value : JSON.stringify(value)];
    }),
  );
}

/**
 * The file Pulumi reads and writes for a stack. Pulumi adds the salt of this machine's passphrase to it, which must not
 * change a committed file: so it is a copy below the cache, unless the stack's own file says how secrets are encrypted.
 * The copy lies beside a Pulumi.yaml of the same project, in which `pulumi stack init` can run.
 */
export function configFileFor({ stack, path, text, complete }: StackFile): string {
  if (complete) return path;
  const directory = cachePath("pulumi-project");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, "Pulumi.yaml"), "name: bigdata-lab\nruntime: nodejs\n");
  const copy = join(directory, `Pulumi.${stack}.yaml`);
  const salt = existsSync(copy) ? /^encryptionsalt: .*$/m.exec(readFileSync(copy, "utf8"))?.[0] : undefined;
  const own = SECRETS_KEYS.some((key) => new RegExp(`^${key}:`, "m").test(text));
  writeFileSync(copy, salt && !own ? `${salt}\n${text}` : text, { mode: 0o600 });
  return copy;
}

function isSecretsKey(key: string): boolean {
  return (SECRETS_KEYS as readonly string[]).includes(key);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function broken(path: string, what: string): LabFailure {
  return new LabFailure(`${path}: ${what}`, { fix: "correct the file; nothing was changed", exitCode: EXIT.usage });
}
