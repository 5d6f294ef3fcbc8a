import { statSync } from "node:fs";
import { dirname, join } from "node:path";

/** What paths in a config start from. */
const PROJECT_ROOT = dirname(__dirname);

/** Something in a stack's config is wrong: one line naming the key, what was given and what is allowed. */
export class SettingsError extends Error {
  /** A value that is not allowed. A secret one is not repeated. */
  static value(key: string, given: unknown, allowed: string, secret = false): SettingsError {
    const shown = given === undefined ? "nothing" : secret ? "[secret]" : JSON.stringify(given);
    const short = shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
    return new SettingsError(`config ${key}: ${short} was given, allowed: ${allowed}`);
  }

  /** A key that nobody reads. */
  static key(key: string, known: readonly string[]): SettingsError {
    return new SettingsError(`config ${key}: no such key, allowed: ${known.join(", ")}`);
  }
}

/** How one key is read. */
export interface Rule<T> {
  /** What the user may write, for the message. */
  readonly allowed: string;
  /** The value to use, or undefined when what was given is not allowed. */
  readonly read: (given: unknown, key: string) => T | undefined;
  /** Used when the key is not there; without it the key is required. */
  readonly fallback?: { readonly value: T };
  /** Never show what was given. */
  readonly secret?: boolean;
}

/** The same rule, for a key that may be left out. */
export function optional<T>(rule: Rule<T>): Rule<T | undefined> {
  return { ...rule, fallback: { value: undefined } };
}

/** The same rule, with a default. */
export function withDefault<T>(rule: Rule<T>, value: T): Rule<T> {
  return { ...rule, fallback: { value } };
}

/** A whole number within bounds, both included. */
export function wholeNumber(from: number, to: number): Rule<number> {
  return {
    allowed: `a whole number from ${from} to ${to}`,
    read: (given) =>
      typeof given === "number" && Number.isInteger(given) && given >= from && given <= to ? given : undefined,
  };
}

/** A share of a whole. */
export function share(): Rule<number> {
  return {
    allowed: "a number from 0 to 1",
    read: (given) => (typeof given === "number" && given >= 0 && given <= 1 ? given : undefined),
  };
}

/** Yes or no. */
export function flag(): Rule<boolean> {
  return { allowed: "true, false", read: (given) => (typeof given === "boolean" ? given : undefined) };
}

/** A file that is there, by its path from the project's root. @param ending e.g. ".epl" */
export function projectFile(ending: string): Rule<string> {
  return {
    allowed: `the path of a file *${ending} that is there, from the project's root`,
    read: (given) =>
      typeof given === "string" && given.endsWith(ending) && isFile(join(PROJECT_ROOT, given)) ? given : undefined,
  };
}

/** One of some words. */
export function oneOf<T extends string>(words: readonly T[]): Rule<T> {
  return { allowed: words.join(", "), read: (given) => words.find((word) => word === given) };
}

/** A list of different words, at least one. */
export function someOf<T extends string>(words: readonly T[]): Rule<readonly T[]> {
  return {
    allowed: `a list of one or more different words of: ${words.join(", ")}`,
    read: (given) => {
      if (!Array.isArray(given) || given.length === 0 || new Set(given).size !== given.length) return undefined;
      const known = given.flatMap((entry) => words.filter((word) => word === entry));
      return known.length === given.length ? known : undefined;
    },
  };
}

/** A text of a certain form. */
export function text(pattern: RegExp, allowed: string, secret = false): Rule<string> {
  return { allowed, secret, read: (given) => (typeof given === "string" && pattern.test(given) ? given : undefined) };
}

/** Texts of a certain form by keys of a certain form. */
export function texts(keys: RegExp, values: RegExp, allowed: string): Rule<Readonly<Record<string, string>>> {
  return {
    allowed: `an object of ${allowed}`,
    read: (given) => {
      if (given === null || typeof given !== "object" || Array.isArray(given)) return undefined;
      const entries = Object.entries(given).flatMap(([key, value]): [string, string][] =>
        keys.test(key) && typeof value === "string" && values.test(value) ? [[key, value]] : [],
      );
      return entries.length === Object.keys(given).length ? Object.fromEntries(entries) : undefined;
    },
  };
}

/** An object with these keys and no others; a whole that is left out is read as an empty one. */
export function fields<T>(rules: { readonly [K in keyof T]: Rule<T[K]> }): Rule<T> {
  const names = Object.keys(rules) as (keyof T & string)[];
  const read = (given: unknown, key: string): T | undefined => {
    if (given === null || typeof given !== "object" || Array.isArray(given)) return undefined;
    const prefix = key.endsWith(":") ? key : `${key}.`;
    for (const name of Object.keys(given)) {
      if (!names.some((known) => known === name)) {
        throw SettingsError.key(`${prefix}${name}`, names);
      }
    }
    const all = Object.entries(given);
    return Object.fromEntries(
      names.map((name) => {
        const entry = all.find(([known]) => known === name);
        return [name, readKey(`${prefix}${name}`, entry?.[1], rules[name])];
      }),
    ) as T;
  };
  return { allowed: `an object with some of the keys ${names.join(", ")}`, read };
}

/** Reads one key. @throws SettingsError */
export function readKey<T>(key: string, given: unknown, rule: Rule<T>): T {
  if (given === undefined) {
    if (rule.fallback) return rule.fallback.value;
    throw SettingsError.value(key, given, rule.allowed);
  }
  const value = rule.read(given, key);
  if (value === undefined) throw SettingsError.value(key, given, rule.allowed, rule.secret);
  return value;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
