import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../cluster/core/run";
import { containerdAddress } from "../../../cluster/docker-provider/store";
import { inNamespace, labEnv, NAMESPACE } from "./lab";

/** An image's configuration, as far as the tests look at it. */
export interface ImageConfig {
  readonly User?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

interface PodTemplate {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

interface Workload {
  readonly spec: {
    readonly template?: PodTemplate;
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
  };
}

/** References of all images that workloads of the lab run. */
export function imagesOfLab(): Promise<string[]> {
  return imagesOfNamespace(NAMESPACE);
}

/** References of all images that workloads of a namespace run. */
export async function imagesOfNamespace(namespace: string): Promise<string[]> {
  const { items } = await inNamespace(namespace).kubeGet<{ items: Workload[] }>(
    "deployments,statefulsets,jobs,cronjobs",
  );
  const templates = items.flatMap(({ spec }) => spec.template ?? spec.jobTemplate?.spec.template ?? []);
  return [...new Set(templates.flatMap(({ spec }) => spec.containers.map(({ image }) => image)))].sort();
}

/** containerd's command line on the lab's image store. */
export async function ctr(...args: string[]): Promise<string> {
  const env = await labEnv();
  const address = containerdAddress(env) ?? "";
  return (await run("ctr", ["--address", address, "--namespace", "k8s.io", ...args], { env })).stdout;
}

/** Reads an image's configuration from the store. */
export async function imageConfig(reference: string): Promise<ImageConfig> {
  const row = (await ctr("images", "ls", `name==${reference}`)).split("\n")[1]?.split(/\s+/);
  const manifest = JSON.parse(await ctr("content", "get", row?.[2] ?? "")) as { config: { digest: string } };
  return (JSON.parse(await ctr("content", "get", manifest.config.digest)) as { config: ImageConfig }).config;
}

/** Calls `look` with a directory that shows an image's files. */
export async function inImage<T>(reference: string, look: (root: string) => T): Promise<T> {
  const target = mkdtempSync(join(tmpdir(), "lab-image-"));
  await ctr("images", "mount", reference, target);
  try {
    return look(target);
  } finally {
    await ctr("images", "unmount", "--rm", target);
    rmSync(target, { recursive: true, force: true });
  }
}

/** Files below a directory of an image, relative to it; links are not followed. */
export function filesBelow(root: string, directory: string): string[] {
  const path = join(root, directory);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

/** Programs in an image that turn sources into programs. */
export function compilers(root: string): string[] {
  const names =
    /^(?:[a-z0-9_]+-linux-gnu-)?(?:cc|c\+\+|gcc|g\+\+|cpp|clang|tcc|make|as|ld|javac|rustc|go)(?:-[0-9.]+)?$/;
  const places = ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/lib/jvm", "opt"];
  const files = [...new Set(places.flatMap((place) => filesBelow(root, place)))];
  return files.filter((file) => names.test(file.split("/").at(-1) ?? ""));
}

/** What package managers left behind. */
export function packageCaches(root: string): string[] {
  const places = [
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log/apt",
    "root/.cache",
    "root/.npm",
    "root/.m2",
    "root/.config",
  ];
  return places.flatMap((place) => filesBelow(root, place)).filter((file) => !file.endsWith("/lock"));
}

/**
 * Certificates an image trusts beyond, or lacks of, what its distribution's package brings; empty when the two are the same.
 * Looks at the PEM bundle and at Java's store.
 */
export function trustDifferences(root: string): string[] {
  const own = new Set(
    filesBelow(root, "usr/share/ca-certificates").flatMap((file) =>
      certificates(readFileSync(join(root, file), "utf8")),
    ),
  );
  const differences = filesBelow(root, "usr/local/share/ca-certificates").map((file) => `added: ${file}`);
  const bundle = join(root, "etc/ssl/certs/ca-certificates.crt");
  if (existsSync(bundle)) differences.push(...difference("bundle", own, certificates(readFileSync(bundle, "utf8"))));
  else if (own.size > 0) differences.push("no bundle");
  const java = join(root, "etc/ssl/certs/java/cacerts");
  if (existsSync(java)) {
    const args = ["-list", "-rfc", "-storepass", "changeit", "-keystore", java];
    const listed = execFileSync("keytool", args, {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      stdio: ["ignore", "pipe", "ignore"],
    });
    differences.push(...difference("java", own, certificates(listed)));
  }
  return differences;
}

function certificates(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => block.replace(/\s+/g, ""));
}

function difference(store: string, own: ReadonlySet<string>, trusted: readonly string[]): string[] {
  const more = trusted
    .filter((certificate) => !own.has(certificate))
    .map((one) => `${store} trusts ${one.slice(27, 67)}…`);
  const less = [...own].filter((certificate) => !trusted.includes(certificate)).length;
  return less > 0 ? [...more, `${store} lacks ${less}`] : more;
}
