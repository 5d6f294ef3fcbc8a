import { parseArgs } from "node:util";
import { LabFailure } from "../cluster/core/failure";

/** Exit codes of `lab`, whatever the command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** One `lab` subcommand. Lives in `cli/commands/<name>.ts`, exported as `command`. */
export interface Command {
  /** The word typed after `lab`. */
  readonly name: string;
  /** What may follow the name, e.g. `[stack] [--context NAME]`; empty when nothing may. */
  readonly usage: string;
  /** One line for `lab help`. */
  readonly summary: string;
  /** Further lines for `lab help <name>`. */
  readonly details?: string;
  /** Does it; resolves with the exit code. Failures meant for people are thrown as LabFailure. */
  run(args: string[]): Promise<number>;
}

/** The options of one command, as Node's `util.parseArgs` takes them. */
export interface OptionSpec {
  readonly [name: string]: { readonly type: "string" | "boolean"; readonly short?: string };
}

/** What was typed: positional words, and options by name. */
export interface Parsed<O extends OptionSpec> {
  readonly words: string[];
  readonly options: { readonly [K in keyof O]?: O[K]["type"] extends "boolean" ? boolean : string };
}

/** The error for a wrong command line: one line, exit code 2. */
export function usageFailure(command: Command, what: string): LabFailure {
  return new LabFailure(what, {
    fix: `lab ${command.name}${command.usage ? ` ${command.usage}` : ""}`,
    exitCode: EXIT.usage,
  });
}

/**
 * Parses a command's arguments strictly.
 * @throws LabFailure (exit code 2) for an unknown option, a missing value, or a number of words that is not allowed.
 */
export function parse<O extends OptionSpec>(
  command: Command,
  args: string[],
  spec: O,
  words: { min?: number; max?: number } = {},
): Parsed<O> {
  const parsed = attempt(command, () =>
    parseArgs({ args, options: { ...spec, help: { type: "boolean", short: "h" } }, allowPositionals: true }),
  );
  const { min = 0, max = 0 } = words;
  if (parsed.positionals.length > max) {
    throw usageFailure(command, `lab ${command.name}: unexpected argument "${parsed.positionals[max]}"`);
  }
  if (parsed.positionals.length < min) {
    throw usageFailure(command, `lab ${command.name}: an argument is missing`);
  }
  return { words: parsed.positionals, options: parsed.values as Parsed<O>["options"] };
}

function attempt<T>(command: Command, parsing: () => T): T {
  try {
    return parsing();
  } catch (error) {
    // Node's message goes on with advice about "--", on this line or the next; its first sentence is the fact.
    const text = error instanceof Error ? error.message : String(error);
    throw usageFailure(command, `lab ${command.name}: ${text.split(/\.\s/)[0]}`);
  }
}
