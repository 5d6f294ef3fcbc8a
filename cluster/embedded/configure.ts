import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hashText } from "../core/hash";
import {
  adminKubeconfig,
  buildkitdToml,
  cniConflist,
  containerdToml,
  corefile,
  KUBECONFIG_USERS,
  kubeconfigPath,
  kubeletConfig,
  localPathConfig,
  noProxy,
  processKubeconfig,
} from "./configs";
import type { LabPaths } from "./layout";
import { ensureCertificates } from "./pki";
import { MARK, type ProcessSpec, type SupervisedProcess } from "./process-spec";
import type { Binaries } from "./process-table";

/** Directories of the cluster's data: they hold keys and Secrets, so nobody but root looks into them. */
function directories(paths: LabPaths): string[] {
  return [
    ...[paths.pki, paths.config, `${paths.config}/cni`, paths.log, paths.etcd, paths.containerd, paths.buildkit],
    ...[paths.kubelet, paths.volumes, paths.podLogs],
  ];
}

/** Writes every configuration file and certificate; what has not changed is left alone. */
export async function configure(
  data: string,
  paths: LabPaths,
  binaries: Binaries,
  sandboxImage: string,
): Promise<void> {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chmodSync(data, 0o700);
  for (const directory of directories(paths)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Pods run as other users and reach their own volume through these two.
  await ensureCertificates(paths.pki);
  const cni = dirname(binaries.binary("bridge"));
  const programs = { cni, shim: binaries.binary("containerd-shim-runc-v2"), runc: binaries.binary("runc") };
  const files: Record<string, string> = {
    [`${paths.config}/containerd.toml`]: containerdToml(paths, programs, sandboxImage),
    [`${paths.config}/buildkitd.toml`]: buildkitdToml(paths),
    [`${paths.config}/kubelet.yaml`]: kubeletConfig(paths),
    [`${paths.config}/cni/10-lab.conflist`]: cniConflist(paths),
    [`${paths.config}/Corefile`]: corefile(paths),
    [`${paths.config}/local-path.json`]: localPathConfig(paths),
    [paths.adminKubeconfig]: adminKubeconfig({
      ca: readFileSync(join(paths.pki, "ca.crt"), "utf8"),
      certificate: readFileSync(join(paths.pki, "admin.crt"), "utf8"),
      key: readFileSync(join(paths.pki, "admin.key"), "utf8"),
    }),
  };
  for (const user of KUBECONFIG_USERS) files[kubeconfigPath(paths, user)] = processKubeconfig(paths, user);
  for (const [path, text] of Object.entries(files)) {
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
  }
}

/** Variables of the user's that reach registries through a proxy or with a company's own CA. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"];
const ORDINARY_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Gives each process its environment and the revision that tells whether a running one is outdated. */
export function supervised(specs: readonly ProcessSpec[], data: string, user: NodeJS.ProcessEnv): SupervisedProcess[] {
  return specs.map((spec) => {
    const path = [...new Set((spec.path ?? []).map((program) => dirname(program))), ORDINARY_PATH].join(":");
    const own = { PATH: path, HOME: "/root", [MARK]: data };
    const contents = spec.files.map((file) => hashText(readFileSync(file, "utf8")));
    return {
      ...spec,
      env: { ...own, ...(spec.proxied ? proxyEnvironment(user) : {}) },
      // Not the proxies: another shell with others must not restart anything.
      revision: hashText(JSON.stringify([spec.argv, own, contents])),
    };
  });
}

function proxyEnvironment(user: NodeJS.ProcessEnv): Record<string, string> {
  const found = PROXY_VARIABLES.flatMap((name) => (user[name] ? [[name, user[name]] as const] : []));
  const direct = noProxy(user.NO_PROXY ?? user.no_proxy);
  return { ...Object.fromEntries(found), NO_PROXY: direct, no_proxy: direct };
}
