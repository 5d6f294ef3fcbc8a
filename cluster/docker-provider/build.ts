import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LabFailure, messageOf } from "../core/failure";
import { run } from "../core/run";
import { BuildProgress, buildctlArguments, hostSecrets } from "./buildctl";
import type { ImageInputs } from "./inputs";
import { secretEnvironment } from "./secret-args";

/** What a build is given besides its inputs. */
export interface BuildOptions {
  /** Repository and tag the image gets. */
  name: string;
  /** Gets the complete log, replaced by each build. */
  log: string;
  /** Texts that appear in no log and no message. */
  secrets: string[];
  /** Names of build arguments that become build secrets. */
  secretArguments: string[];
  /** Sees the title of each step that begins. */
  onStep: (title: string) => void;
  signal?: AbortSignal;
}

/** Digests of what was built. */
export interface Built {
  /** Of the manifest: what a registry knows the image by. */
  digest: string;
  /** Of the configuration: Docker's image id. */
  imageId: string;
}

/** Builds an image with `buildctl` at `BUILDKIT_HOST`, and pushes it unless `skipPush`. @throws LabFailure naming the log */
export async function buildImage(inputs: ImageInputs, options: BuildOptions): Promise<Built> {
  if (!process.env.BUILDKIT_HOST) {
    throw new LabFailure(`cannot build ${options.name}: BUILDKIT_HOST is not set`, {
      fix: '`./lab up` sets it; for a `pulumi` typed by hand, eval "$(./lab env)"',
    });
  }
  const { name, log, secrets, secretArguments, onStep, signal } = options;
  const directory = mkdtempSync(join(tmpdir(), "lab-image-"));
  const hide = redactor(secrets);
  const progress = new BuildProgress();
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, "", { mode: 0o600 });
  try {
    const metadataFile = join(directory, "metadata.json");
    const plan = { name, metadataFile, secrets: hostSecrets(), secretArguments, env: process.env };
    await run("buildctl", buildctlArguments(inputs, plan), {
      env: { ...registryLogin(inputs, directory), ...secretEnvironment(inputs.build.args, secretArguments) },
      signal,
      onLine: (raw) => {
        const line = hide(raw);
        appendFileSync(log, `${line}\n`);
        const title = progress.see(line);
        if (title) onStep(title);
      },
    });
    return digests(readFileSync(metadataFile, "utf8"));
  } catch (error) {
    if (signal?.aborted) throw new LabFailure(`building ${name} was cancelled`);
    const why = progress.describeFailure() || hide(messageOf(error));
    // The command's own error is left out: it carries the command line, which holds the build arguments.
    throw new LabFailure(`building ${name} failed: ${why}`, { log });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Replaces each secret by `***`. Short ones would hit ordinary words, but hiding too much harms nobody. */
export function redactor(secrets: string[]): (text: string) => string {
  const parts = [...new Set(secrets.flatMap((secret) => [secret, ...secret.split("\n")]))]
    .filter((part) => part.length > 0)
    .sort((a, b) => b.length - a.length);
  return (text) => parts.reduce((rest, part) => rest.replaceAll(part, "***"), text);
}

/** Reads what `buildctl --metadata-file` wrote. */
function digests(metadata: string): Built {
  const values = JSON.parse(metadata) as Record<string, unknown>;
  const [digest, imageId] = [values["containerimage.digest"], values["containerimage.config.digest"]];
  if (typeof digest !== "string") throw new LabFailure("buildctl reported no image digest");
  return { digest, imageId: typeof imageId === "string" ? imageId : digest };
}

/** Environment with a login for one registry in a file of its own, so that the password is in no argument. */
function registryLogin({ registry, imageName }: ImageInputs, directory: string): Record<string, string> {
  if (!registry?.username || registry.password === undefined) return {};
  const server = registry.server ?? imageName.split("/")[0] ?? "";
  const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
  writeFileSync(join(directory, "config.json"), JSON.stringify({ auths: { [server]: { auth } } }), { mode: 0o600 });
  return { DOCKER_CONFIG: directory };
}
