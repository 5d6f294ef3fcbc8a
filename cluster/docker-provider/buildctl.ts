import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { ImageInputs } from "./inputs";
import { variableOf } from "./secret-args";

/** Proxy settings that Docker hands to every build as well; they are in no layer and no cache key. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((n) => [n, n.toLowerCase()]);

/** Bundles of trusted certificates, by distribution. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Files of this machine that a build may need to reach its registries, by the id of the build secret. */
export function hostSecrets(
  env: NodeJS.ProcessEnv = process.env,
  home = homedir(),
  exists: (path: string) => boolean = existsSync,
): Record<string, string> {
  const candidates: Record<string, (string | undefined)[]> = {
    ca: [env.SSL_CERT_FILE, env.CURL_CA_BUNDLE, env.REQUESTS_CA_BUNDLE, ...SYSTEM_BUNDLES],
    npmrc: [env.NPM_CONFIG_USERCONFIG, env.npm_config_userconfig, join(home, ".npmrc")],
    pip: [env.PIP_CONFIG_FILE, join(home, ".config/pip/pip.conf"), join(home, ".pip/pip.conf"), "/etc/pip.conf"],
    "maven-settings": [join(home, ".m2/settings.xml")],
  };
  const found: Record<string, string> = {};
  for (const [id, paths] of Object.entries(candidates)) {
    const path = paths.find((candidate) => candidate && exists(candidate));
    if (path) found[id] = path;
  }
  return found;
}

/** What a build needs besides its inputs. */
export interface BuildPlan {
  /** Repository and tag. */
  name: string;
  metadataFile: string;
  /** Files that become build secrets, by id. */
  secrets: Record<string, string>;
  /** Names of the build arguments that become build secrets, from buildctl's environment. */
  secretArguments: string[];
  env: NodeJS.ProcessEnv;
}

/** Arguments of `buildctl` that build an image, and push it unless `skipPush`. */
export function buildctlArguments({ build, skipPush }: ImageInputs, plan: BuildPlan): string[] {
  const opts: Record<string, string | undefined> = {
    filename: basename(build.dockerfile),
    // Base images are in the local store; where they are not, BuildKit asks their registry.
    "image-resolve-mode": "local",
    platform: build.platform,
    target: build.target,
    "add-hosts": build.addHosts.map((entry) => entry.replace(":", "=")).join(",") || undefined,
    "force-network-mode": build.network === "default" ? undefined : build.network,
    // A fixed time: the same content gives the same digest.
    "build-arg:SOURCE_DATE_EPOCH": "0",
  };
  for (const name of PROXY_VARIABLES) if (plan.env[name]) opts[`build-arg:${name}`] = plan.env[name];
  for (const [name, value] of Object.entries(build.args)) {
    if (!plan.secretArguments.includes(name)) opts[`build-arg:${name}`] = value;
  }
  const files = Object.entries(plan.secrets).filter(([id]) => !plan.secretArguments.includes(id));

  const output = ["type=image", `name=${plan.name}`];
  // Locally an image is unpacked for the kubelet and never sent, so compressing it would only cost time.
  if (skipPush) output.push("unpack=true", "compression=uncompressed");
  else output.push("push=true", "store=false", "rewrite-timestamp=true");

  return [
    "build",
    "--progress=plain",
    "--frontend=dockerfile.v0",
    `--local=context=${build.context}`,
    `--local=dockerfile=${dirname(build.dockerfile)}`,
    ...Object.entries(opts).flatMap(([key, value]) => (value === undefined ? [] : [`--opt=${key}=${value}`])),
    ...files.map(([id, path]) => `--secret=id=${id},src=${path}`),
    ...plan.secretArguments.map((name) => `--secret=id=${name},env=${variableOf(name)}`),
    ...(build.cacheFrom?.images ?? []).map((ref) => `--import-cache=type=registry,ref=${ref}`),
    ...(build.network === "host" ? ["--allow=network.host"] : []),
    `--output=${output.join(",")}`,
    `--metadata-file=${plan.metadataFile}`,
  ];
}

/** Reads BuildKit's plain progress. Pure: lines in, what to show out. */
export class BuildProgress {
  private readonly steps = new Map<string, string>();
  private readonly tail = new Map<string, string[]>();
  private failed: string | undefined;
  private verdict: string | undefined;

  /** Takes a line; returns a step's title when one begins. */
  see(line: string): string | undefined {
    const error = /^error: (.+)$/.exec(line) ?? /^ERROR: (.+)$/.exec(line);
    if (error) this.verdict = error[1];
    const [, id = "", text = ""] = /^#(\d+) (.*)$/.exec(line) ?? [];
    if (!id) return undefined;
    if (text.startsWith("ERROR: ")) {
      this.failed = id;
      this.verdict ??= text.slice("ERROR: ".length);
    } else if (/^\d+\.\d+ /.test(text)) {
      const lines = this.tail.get(id) ?? [];
      this.tail.set(id, [...lines, text.replace(/^\d+\.\d+ /, "")].slice(-8));
    } else if (text.startsWith("[") || text.startsWith("exporting to image")) {
      if (this.steps.get(id) === text) return undefined;
      this.steps.set(id, text);
      return text;
    }
    return undefined;
  }

  /** What went wrong: the step, the end of its output, and BuildKit's word on it. */
  describeFailure(): string {
    const step = this.failed === undefined ? undefined : this.steps.get(this.failed);
    const output = this.failed === undefined ? [] : (this.tail.get(this.failed) ?? []);
    return [step && `in ${step}`, ...output, this.verdict].filter(Boolean).join("\n");
  }
}
