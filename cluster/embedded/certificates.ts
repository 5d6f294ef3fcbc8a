import { API_SERVICE_ADDRESS, CLUSTER_DOMAIN, NODE_ADDRESS, NODE_NAME } from "./layout";

/** The two authorities. etcd trusts its own alone: no Kubernetes identity opens the store. */
export type Authority = "ca" | "etcd-ca";

/** One certificate the cluster needs, for its server and its client side alike. */
export interface CertificateSpec {
  /** File name without `.crt` and `.key`. */
  readonly name: string;
  readonly authority: Authority;
  /** Kubernetes reads the user's name from it. */
  readonly commonName: string;
  /** Kubernetes reads the user's group from it. */
  readonly organization?: string;
  /** As openssl writes them: `DNS:…` and `IP:…`. */
  readonly names: readonly string[];
}

const LOOPBACK = ["DNS:localhost", "IP:127.0.0.1"];

/** Every certificate of the cluster. */
export function certificateSpecs(): CertificateSpec[] {
  const client = (name: string, commonName: string, organization?: string): CertificateSpec => ({
    name,
    authority: "ca",
    commonName,
    organization,
    names: LOOPBACK, // controller manager and scheduler serve their health with it
  });
  return [
    {
      name: "apiserver",
      authority: "ca",
      commonName: "kube-apiserver",
      names: [
        ...["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map((name) => `DNS:${name}`),
        `DNS:kubernetes.default.svc.${CLUSTER_DOMAIN}`,
        ...LOOPBACK,
        `IP:${NODE_ADDRESS}`,
        `IP:${API_SERVICE_ADDRESS}`,
      ],
    },
    {
      name: "kubelet",
      authority: "ca",
      commonName: `system:node:${NODE_NAME}`,
      organization: "system:nodes",
      names: [`DNS:${NODE_NAME}`, ...LOOPBACK, `IP:${NODE_ADDRESS}`],
    },
    client("admin", "bigdata-lab-admin", "system:masters"),
    client("apiserver-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
    client("controller-manager", "system:kube-controller-manager"),
    client("scheduler", "system:kube-scheduler"),
    client("kube-proxy", "system:kube-proxy"),
    client("coredns", "system:coredns"),
    client("kube-router", "system:kube-router"),
    client("local-path", "system:local-path-provisioner"),
    { name: "etcd", authority: "etcd-ca", commonName: "etcd", names: LOOPBACK },
    { name: "etcd-client", authority: "etcd-ca", commonName: "kube-apiserver-etcd-client", names: LOOPBACK },
  ];
}

/** openssl's `-subj` of a certificate. */
export function subjectOf(spec: Pick<CertificateSpec, "commonName" | "organization">): string {
  return `${spec.organization ? `/O=${spec.organization}` : ""}/CN=${spec.commonName}`;
}

/** openssl's extension section of a leaf certificate. */
export function extensionsOf(spec: CertificateSpec): string {
  return [
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=serverAuth,clientAuth",
    `subjectAltName=${spec.names.join(",")}`,
    "",
  ].join("\n");
}

/** What is known of a certificate on disk. */
export interface KnownCertificate {
  /** As Node's X509Certificate writes it: one `KEY=value` per line. */
  readonly subject: string;
  /** `DNS:localhost, IP Address:127.0.0.1`; undefined without names. */
  readonly subjectAltName: string | undefined;
  readonly validTo: Date;
  /** Signed by the authority's present key. */
  readonly signedByAuthority: boolean;
  /** The private key beside it fits. */
  readonly keyFits: boolean;
}

/** Certificates are renewed so long before they end, in milliseconds. */
export const RENEW_BEFORE_MS = 30 * 24 * 3600 * 1000;

/** Why a certificate must be made anew; undefined when it may stay. */
export function reasonToRenew(spec: CertificateSpec, known: KnownCertificate, now: Date): string | undefined {
  if (!known.signedByAuthority) return "signed by another authority";
  if (!known.keyFits) return "its key does not fit";
  if (known.validTo.getTime() - now.getTime() < RENEW_BEFORE_MS) return "expires soon";
  const subject = [...(spec.organization ? [`O=${spec.organization}`] : []), `CN=${spec.commonName}`];
  if (!sameMembers(known.subject.split("\n"), subject)) return "subject changed";
  const names = (known.subjectAltName ?? "").split(", ").map((name) => name.replace("IP Address:", "IP:"));
  return sameMembers(names, spec.names) ? undefined : "names changed";
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join() === [...b].sort().join();
}
