import { statSync } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";

const build = z.strictObject({
  context: z.string().default("."),
  dockerfile: z.string().optional(),
  args: z.record(z.string(), z.string()).default({}),
  target: z.string().optional(),
  platform: z
    .string()
    .regex(/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/, "expected one platform, e.g. linux/amd64")
    .optional(),
  network: z.enum(["default", "none", "host"]).optional(),
  addHosts: z.array(z.string().regex(/^[^:]+:.+$/, "expected host:ip")).default([]),
  cacheFrom: z.strictObject({ images: z.array(z.string()).default([]) }).optional(),
  builderVersion: z.literal("BuilderBuildKit", "only BuilderBuildKit builds here").optional(),
  /** Set by check. */
  contextDigest: z.string().optional(),
});

const image = z.strictObject({
  imageName: z
    .string()
    .regex(
      /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::\d+)?(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?$/,
      "expected repository[:tag], e.g. lab.local/kafka or registry:5000/kafka:4.3",
    ),
  build: build.default(build.parse({})),
  skipPush: z.boolean().default(false),
  buildOnPreview: z.boolean().default(false),
  registry: z
    .strictObject({
      server: z.string().optional(),
      username: z.string().optional(),
      password: z.string().optional(),
    })
    .optional(),
});

/** Inputs of `docker:index/image:Image`, with their defaults and absolute paths. */
export interface ImageInputs extends Omit<z.infer<typeof image>, "build"> {
  build: Omit<z.infer<typeof build>, "dockerfile"> & { dockerfile: string };
}

/** Why an input is refused, in Pulumi's terms. */
export interface CheckFailure {
  property: string;
  reason: string;
}

/** Validates a plain property bag. Paths are taken relative to `directory`. */
export function parseInputs(value: unknown, directory: string): { inputs: ImageInputs } | { failures: CheckFailure[] } {
  const parsed = image.safeParse(value);
  if (!parsed.success) return { failures: parsed.error.issues.map(failureOf) };
  const { data } = parsed;
  const context = resolve(directory, data.build.context);
  // As in the official provider, a Dockerfile's path is relative to the program and not to the context.
  const dockerfile =
    data.build.dockerfile === undefined ? resolve(context, "Dockerfile") : resolve(directory, data.build.dockerfile);
  return { inputs: { ...data, build: { ...data.build, context, dockerfile } } };
}

/** What is missing on disk for a build. */
export function missingFiles({ build: { context, dockerfile } }: ImageInputs): CheckFailure[] {
  if (!statSync(context, { throwIfNoEntry: false })?.isDirectory()) {
    return [{ property: "build.context", reason: `the build context ${context} is not a directory` }];
  }
  if (!statSync(dockerfile, { throwIfNoEntry: false })?.isFile()) {
    return [{ property: "build.dockerfile", reason: `the Dockerfile ${dockerfile} does not exist` }];
  }
  return [];
}

/** Repository and tag of an image's name; `registry:5000/kafka` has no tag. */
export function splitName(name: string): { repository: string; tag?: string } {
  const colon = name.lastIndexOf(":");
  if (colon <= name.lastIndexOf("/")) return { repository: name };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/** The name an image gets: without a tag of its own, its content is the tag, so another content is another name. */
export function taggedName(imageName: string, contentDigest: string): string {
  return splitName(imageName).tag === undefined ? `${imageName}:${contentDigest.slice(0, 16)}` : imageName;
}

function failureOf(issue: z.core.$ZodIssue): CheckFailure {
  if (issue.code === "unrecognized_keys") {
    const property = [...issue.path, issue.keys[0]].join(".");
    return { property, reason: `unknown: ${issue.keys.join(", ")}` };
  }
  const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return { property: issue.path.join("."), reason: missing ? "is required" : issue.message };
}
