import { readFileSync } from "node:fs";
import { z } from "zod";

/** A job's config is wrong; the message is one line. Exit code 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Kafka as every job sees it. */
export const kafkaSchema = z.strictObject({
  /** `host:port` of one or more brokers to start from. */
  brokers: z.array(z.string().regex(/^[^\s:]+:\d+$/, "must be host:port")).min(1),
  /** Largest produce request a job makes, in bytes; one larger record is sent alone. @default 900 000 */
  maxRequestBytes: z.int().min(1_000).max(100_000_000).optional(),
});

/** Where `/healthz`, `/readyz` and `/metrics` are served. */
export const httpSchema = z.strictObject({ port: z.int().min(0).max(65_535) });

/** A MySQL account; the password is read from a file. */
export const mysqlSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  user: z.string().min(1),
  database: z.string().min(1),
  passwordFile: z.string().min(1),
});

export type KafkaConfig = z.infer<typeof kafkaSchema>;
export type HttpConfig = z.infer<typeof httpSchema>;
export type MysqlConfig = z.infer<typeof mysqlSchema>;

/**
 * Reads a job's config: the JSON file at `JOB_CONFIG` (default `/etc/job/config.json`), with the JSON object in
 * `JOB_OVERRIDES` merged over it (objects deeply; arrays and values replaced), checked against the schema.
 * @throws ConfigError with one line that names every wrong key
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): z.infer<Schema> {
  const path = environment.JOB_CONFIG ?? "/etc/job/config.json";
  const file = parse(readText(path), path);
  const overrides = environment.JOB_OVERRIDES ? parse(environment.JOB_OVERRIDES, "JOB_OVERRIDES") : {};
  return checkConfig(schema, merge(file, overrides), path);
}

/** Checks a config object against the schema. @throws ConfigError */
export function checkConfig<Schema extends z.ZodType>(
  schema: Schema,
  config: unknown,
  source: string,
): z.infer<Schema> {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  throw new ConfigError(`${source}: ${issues.join("; ")}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${source} is not JSON: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function merge(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = Object.hasOwn(base, key) ? merge(base[key], value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
