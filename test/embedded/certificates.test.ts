import { createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateSpecs, type KnownCertificate, reasonToRenew } from "../../cluster/embedded/certificates";
import { ensureCertificates } from "../../cluster/embedded/pki";

const DAY = 24 * 3600 * 1000;
const now = new Date("2026-01-01T00:00:00Z");

describe("reasonToRenew", () => {
  const kubelet = certificateSpecs().find(({ name }) => name === "kubelet");
  if (!kubelet) throw new Error("no certificate for the kubelet");
  const good: KnownCertificate = {
    subject: "O=system:nodes\nCN=system:node:lab",
    subjectAltName: "DNS:lab, DNS:localhost, IP Address:127.0.0.1, IP Address:10.88.0.1",
    validTo: new Date(now.getTime() + 100 * DAY),
    signedByAuthority: true,
    keyFits: true,
  };
  it("keeps a good one", () => expect(reasonToRenew(kubelet, good, now)).toBeUndefined());
  it.each<[string, Partial<KnownCertificate>, string]>([
    ["another authority", { signedByAuthority: false }, "signed by another authority"],
    ["a foreign key", { keyFits: false }, "its key does not fit"],
    ["29 days left", { validTo: new Date(now.getTime() + 29 * DAY) }, "expires soon"],
    ["other user", { subject: "O=system:nodes\nCN=system:node:other" }, "subject changed"],
    ["lost group", { subject: "CN=system:node:lab" }, "subject changed"],
    ["other address", { subjectAltName: good.subjectAltName?.replace("10.88.0.1", "10.88.0.2") }, "names changed"],
    ["no names", { subjectAltName: undefined }, "names changed"],
  ])("renews on %s", (_, change, reason) => {
    expect(reasonToRenew(kubelet, { ...good, ...change }, now)).toBe(reason);
  });
});

describe("ensureCertificates", () => {
  const directory = mkdtempSync(join(tmpdir(), "lab-pki-"));
  const path = (name: string) => join(directory, name);
  const read = (name: string) => readFileSync(path(name), "utf8");
  let made: string[];
  beforeAll(async () => {
    made = await ensureCertificates(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it("makes all, and nothing the second time", async () => {
    expect(made.sort()).toEqual(["ca", "etcd-ca", "service-account", ...certificateSpecs().map((s) => s.name)].sort());
    expect(await ensureCertificates(directory)).toEqual([]);
  });

  it("lets nobody but the owner read a key", () => {
    const keys = readdirSync(directory).filter((name) => name.endsWith(".key"));
    expect(keys.length).toBe(made.length);
    expect(keys.filter((name) => (statSync(path(name)).mode & 0o777) !== 0o600)).toEqual([]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it("signs etcd's by another authority than Kubernetes'", () => {
    const key = (name: string) => createPublicKey(read(`${name}.crt`));
    const signedBy = (name: string, authority: string) =>
      new X509Certificate(read(`${name}.crt`)).verify(key(authority));
    expect([signedBy("etcd-client", "etcd-ca"), signedBy("etcd-client", "ca")]).toEqual([true, false]);
    expect([signedBy("kubelet", "ca"), signedBy("kubelet", "etcd-ca")]).toEqual([true, false]);
  });

  it("renews what is about to expire, but neither a young authority nor the service account key", async () => {
    const inNearlyAYear = new Date(Date.now() + 340 * DAY);
    const account = read("service-account.key");
    const renewed = await ensureCertificates(directory, inNearlyAYear);
    expect(renewed.sort()).toEqual(
      certificateSpecs()
        .map(({ name }) => name)
        .sort(),
    );
    expect(read("service-account.key")).toBe(account);
  });

  it("makes one damaged file anew, and everything its authority has signed with it", async () => {
    writeFileSync(path("scheduler.key"), "damaged");
    expect(await ensureCertificates(directory)).toEqual(["scheduler"]);
    writeFileSync(path("etcd-ca.key"), "damaged");
    expect((await ensureCertificates(directory)).sort()).toEqual(["etcd", "etcd-ca", "etcd-client"]);
  });
});
