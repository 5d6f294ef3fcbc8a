/** Key of a spec's context that names its declaration: what a declaration no longer says shows only there. */
export const DECLARATION = "declaration";

/** A spec as Druid gives it back. */
export interface RunningSpec {
  readonly type?: string;
  readonly spec: unknown;
  readonly suspended?: boolean;
  readonly context?: Readonly<Record<string, unknown>> | null;
}

/** One of the specs that a supervisor has had. Druid answers with them newest first. */
export interface Version {
  /** Not of Kafka's type where the supervisor was ended or did not start; null when Druid cannot read it any more. */
  readonly spec: RunningSpec | null;
  /** When it was submitted, as ISO 8601. */
  readonly version: string;
}

/**
 * What ran before a declaration that an earlier run of this Job submitted, and died before it knew whether it works. A
 * Job that found it to work does not run again, so what was submitted since `since`, its earliest start, is on trial.
 * @returns undefined when the declaration is not on trial, or when nothing ran before it
 */
export function beforeTrial(history: readonly Version[], declaration: string, since: number): RunningSpec | undefined {
  const [newest] = history;
  if (!newest || Date.parse(newest.version) < since) return undefined;
  const declared = (version?: Version) => version?.spec?.context?.[DECLARATION] === declaration;
  // Druid writes an end behind a spec that did not start.
  const partOfTrial = history.map((version, at) => declared(version) || (isEnd(version) && declared(history[at + 1])));
  const before = partOfTrial.indexOf(false);
  const version = before > 0 ? history[before] : undefined;
  return version && !isEnd(version) ? (version.spec ?? undefined) : undefined;
}

function isEnd({ spec }: Version): boolean {
  return spec?.type !== "kafka";
}
