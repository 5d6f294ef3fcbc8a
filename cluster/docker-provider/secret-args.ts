import { existsSync, readFileSync } from "node:fs";
import type { CheckFailure, ImageInputs } from "./inputs";

/** Names a build secret may have as an id, and in a comma-separated argument. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Names of the build arguments whose value is one of the secrets. They go to the build as secrets of the same name
 * (`RUN --mount=type=secret,id=NAME`), because an argument stands on buildctl's command line and in the image's history.
 */
export function secretArguments(args: Readonly<Record<string, string>>, secrets: readonly string[]): string[] {
  return Object.entries(args).flatMap(([name, value]) => (secrets.includes(value) ? [name] : []));
}

/** Why secret arguments cannot be passed: their name is not one, or the Dockerfile asks for them by ARG. */
export function refusedSecretArguments({ build }: ImageInputs, names: readonly string[]): CheckFailure[] {
  const declared = existsSync(build.dockerfile) ? declaredArguments(readFileSync(build.dockerfile, "utf8")) : [];
  return names.flatMap((name) => {
    const property = `build.args.${name}`;
    if (!PLAIN_NAME.test(name)) return [{ property, reason: "a secret's name must be letters, digits and _" }];
    if (!declared.includes(name)) return [];
    const reason = `is secret, and ARG would show it to all: RUN --mount=type=secret,id=${name} gets it in /run/secrets/${name}`;
    return [{ property, reason }];
  });
}

/** Names after ARG in a Dockerfile. */
function declaredArguments(text: string): string[] {
  const instructions = text.replaceAll(/\\\r?\n/g, " ").split("\n");
  return instructions.flatMap((line) => {
    const [, words = ""] = /^\s*ARG\s+(.*)$/i.exec(line) ?? [];
    return words.split(/\s+/).map((word) => word.split("=")[0] ?? "");
  });
}

/** Variable that holds a secret argument for buildctl: no name of a variable that means something else. */
export function variableOf(name: string): string {
  return `LAB_BUILD_SECRET_${name}`;
}

/** Environment for buildctl with the values of secret arguments. */
export function secretEnvironment(
  args: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(names.map((name) => [variableOf(name), args[name] ?? ""]));
}
