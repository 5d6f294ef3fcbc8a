import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../core/run";
import {
  type Authority,
  type CertificateSpec,
  certificateSpecs,
  extensionsOf,
  type KnownCertificate,
  RENEW_BEFORE_MS,
  reasonToRenew,
  subjectOf,
} from "./certificates";

const AUTHORITY_DAYS = "3650";
const LEAF_DAYS = "365";
const AUTHORITIES: Authority[] = ["ca", "etcd-ca"];

/**
 * Makes whatever key or certificate is missing, damaged, about to expire or made for other names. Keys are readable by root only.
 * @returns the names of what was made.
 */
export async function ensureCertificates(directory: string, now = new Date()): Promise<string[]> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const made = await Promise.all([
    ...AUTHORITIES.map((name) => ensureAuthority(directory, name, now)),
    ensureServiceAccountKey(directory),
  ]);
  const leaves = await Promise.all(certificateSpecs().map((spec) => ensureLeaf(directory, spec, now)));
  return [...made, ...leaves].flatMap((name) => (name === undefined ? [] : [name]));
}

async function ensureAuthority(directory: string, name: Authority, now: Date): Promise<string | undefined> {
  const [key, crt] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  const known = inspect(directory, name, name);
  if (known?.keyFits && known.validTo.getTime() - now.getTime() > RENEW_BEFORE_MS) return undefined;
  await newKey(key);
  const subject = `/CN=bigdata-lab ${name}`;
  await run("openssl", [
    ...["req", "-x509", "-new", "-sha256", "-key", key, "-out", crt, "-days", AUTHORITY_DAYS, "-subj", subject],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  ]);
  return name;
}

/** Tokens of ServiceAccounts are signed with it. It never changes by itself: that would void every token. */
async function ensureServiceAccountKey(directory: string): Promise<string | undefined> {
  const [key, pub] = [join(directory, "service-account.key"), join(directory, "service-account.pub")];
  if (existsSync(key) && existsSync(pub)) return undefined;
  await newKey(key);
  await run("openssl", ["pkey", "-in", key, "-pubout", "-out", pub]);
  return "service-account";
}

async function ensureLeaf(directory: string, spec: CertificateSpec, now: Date): Promise<string | undefined> {
  const known = inspect(directory, spec.name, spec.authority);
  if (known && reasonToRenew(spec, known, now) === undefined) return undefined;
  const file = (suffix: string) => join(directory, `${spec.name}.${suffix}`);
  const [authorityKey, authority] = [
    join(directory, `${spec.authority}.key`),
    join(directory, `${spec.authority}.crt`),
  ];
  await newKey(file("key"));
  writeFileSync(file("ext"), extensionsOf(spec));
  await run("openssl", ["req", "-new", "-key", file("key"), "-out", file("csr"), "-subj", subjectOf(spec)]);
  await run("openssl", [
    ...["x509", "-req", "-sha256", "-in", file("csr"), "-CA", authority, "-CAkey", authorityKey],
    ...["-set_serial", `0x${serial()}`, "-out", file("crt"), "-days", LEAF_DAYS, "-extfile", file("ext")],
  ]);
  for (const suffix of ["ext", "csr"]) rmSync(file(suffix));
  return spec.name;
}

function serial(): string {
  // Positive and 16 bytes; leaves are made in parallel, so openssl's serial file would be a race.
  return `4${Array.from(crypto.getRandomValues(new Uint8Array(15)), (b) => b.toString(16).padStart(2, "0")).join("")}0`;
}

async function newKey(path: string): Promise<void> {
  rmSync(path, { force: true });
  writeFileSync(path, "", { mode: 0o600 }); // openssl would obey the caller's umask
  await run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path]);
  chmodSync(path, 0o600);
}

function inspect(directory: string, name: string, authority: Authority): KnownCertificate | undefined {
  try {
    const certificate = new X509Certificate(readFileSync(join(directory, `${name}.crt`)));
    const issuer = new X509Certificate(readFileSync(join(directory, `${authority}.crt`)));
    const key = createPrivateKey(readFileSync(join(directory, `${name}.key`)));
    return {
      subject: certificate.subject,
      subjectAltName: certificate.subjectAltName,
      validTo: new Date(certificate.validTo),
      signedByAuthority: certificate.verify(issuer.publicKey),
      keyFits: certificate.checkPrivateKey(key),
    };
  } catch {
    return undefined; // missing or damaged: made anew
  }
}
