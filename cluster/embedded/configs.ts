import {
  API_SERVICE_ADDRESS,
  BRIDGE,
  CGROUP,
  CLUSTER_DOMAIN,
  CONTEXT,
  IMAGE_NAMESPACE,
  type LabPaths,
  NODE_ADDRESS,
  POD_RANGE,
  PORTS,
  SERVICE_RANGE,
  STORAGE_NAMESPACE,
} from "./layout";

/** containerd's configuration. `sandboxImage` holds each pod's namespaces; it is never pulled nor collected. */
export function containerdToml(
  paths: LabPaths,
  binaries: { cni: string; shim: string; runc: string },
  sandboxImage: string,
) {
  return `version = 3
root = ${q(paths.containerd)}
state = ${q(paths.containerdState)}
temp = ""
imports = []

[grpc]
  address = ${q(paths.containerdSocket)}

[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  # How much each layer holds is found by walking through it. With the defaults, here and below, counting takes a tenth of a core.
  stats_collect_period = 300
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = ${q(sandboxImage)}

[plugins.'io.containerd.cri.v1.runtime']
  # Without CAP_SYS_RESOURCE (many containers and virtual machines) a lower score cannot be set, and no pod would start.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  cdi_spec_dirs = []
  stats_collect_period = "10s"
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = [${q(binaries.cni)}]
    conf_dir = ${q(`${paths.config}/cni`)}
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    runtime_path = ${q(binaries.shim)}
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = ${q(binaries.runc)}
      SystemdCgroup = false

[plugins.'io.containerd.grpc.v1.cri']
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

[plugins.'io.containerd.nri.v1.nri']
  disable = true
`;
}

/** BuildKit's configuration: it builds straight into the image store the kubelet runs from. */
export function buildkitdToml(paths: LabPaths): string {
  return `root = ${q(paths.buildkit)}

[grpc]
  address = [${q(`unix://${paths.buildkitSocket}`)}]

[cdi]
  disabled = true

[worker.oci]
  enabled = false

[worker.containerd]
  enabled = true
  address = ${q(paths.containerdSocket)}
  namespace = ${q(IMAGE_NAMESPACE)}
  networkMode = "host"
  defaultCgroupParent = ${q(`${CGROUP}/build`)}
  # Old build steps go when they take more than this; images themselves are never collected.
  gc = true
  reservedSpace = "4GB"
  maxUsedSpace = "20GB"
  minFreeSpace = "4GB"
  # Build steps at once: a stack asks for all its images together, and each Maven, npm or webpack takes its share of memory.
  max-parallelism = 4
`;
}

/** The kubelet's configuration; JSON, which is YAML too. */
export function kubeletConfig(paths: LabPaths): string {
  return json({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: NODE_ADDRESS,
    port: PORTS.kubelet,
    readOnlyPort: 0,
    healthzBindAddress: "127.0.0.1",
    healthzPort: PORTS.kubeletHealth,
    authentication: {
      anonymous: { enabled: false },
      x509: { clientCAFile: `${paths.pki}/ca.crt` },
      webhook: { enabled: true },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: `${paths.pki}/kubelet.crt`,
    tlsPrivateKeyFile: `${paths.pki}/kubelet.key`,
    containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
    clusterDomain: CLUSTER_DOMAIN,
    clusterDNS: [NODE_ADDRESS],
    resolvConf: "/etc/resolv.conf",
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${CGROUP}`,
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    podLogsDir: paths.podLogs,
    containerLogMaxSize: "10Mi",
    containerLogMaxFiles: 3,
    staticPodPath: "",
    // Base images come from debootstrap and could not be pulled again.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    maxPods: 200,
    serializeImagePulls: false,
    registerWithTaints: [],
    shutdownGracePeriod: "0s",
    syncFrequency: "30s",
    nodeStatusUpdateFrequency: "5s",
    logging: { flushFrequency: "5s" },
  });
}

/** Container network: every pod a port of our own bridge. Masquerading is done by our own nftables table. */
export function cniConflist(paths: LabPaths): string {
  return json({
    cniVersion: "1.0.0",
    name: CONTEXT,
    plugins: [
      {
        type: "bridge",
        bridge: BRIDGE,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: paths.cniState,
          ranges: [[{ subnet: POD_RANGE, gateway: NODE_ADDRESS }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  });
}

/** CoreDNS: cluster names from the API server, the rest from the machine's own resolvers. */
export function corefile(paths: LabPaths): string {
  return `.:${PORTS.dns} {
    bind ${NODE_ADDRESS}
    errors
    health 127.0.0.1:${PORTS.dnsHealth} {
        lameduck 0s
    }
    ready 127.0.0.1:${PORTS.dnsReady}
    kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {
        kubeconfig ${kubeconfigPath(paths, "coredns")}
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    forward . /etc/resolv.conf
    cache 30 {
        disable denial ${CLUSTER_DOMAIN}
        disable success ${CLUSTER_DOMAIN}
    }
}
`;
}

/** local-path-provisioner: one directory per volume. */
export function localPathConfig(paths: LabPaths): string {
  return json({
    nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [paths.volumes] }],
  });
}

/** The pod that makes and removes a volume's directory; a volume that is gone already counts as removed. */
export function localPathHelper(image: string): { setup: string; teardown: string; helperPod: string } {
  return {
    setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\nchmod 0777 "$VOL_DIR"\n',
    teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
    helperPod: json({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "helper-pod", namespace: STORAGE_NAMESPACE },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        priorityClassName: "system-node-critical",
        tolerations: [{ operator: "Exists" }],
        containers: [{ name: "helper-pod", image, imagePullPolicy: "Never" }],
      },
    }),
  };
}

/** Clients with a kubeconfig of their own, each named as its certificate. */
export const KUBECONFIG_USERS = [
  "controller-manager",
  "scheduler",
  "kubelet",
  "kube-proxy",
  "coredns",
  "kube-router",
  "local-path",
] as const;

/** Path of one client's kubeconfig. */
export function kubeconfigPath(paths: LabPaths, user: (typeof KUBECONFIG_USERS)[number]): string {
  return `${paths.config}/${user}.kubeconfig`;
}

/** Kubeconfig of one of our own processes: refers to the certificates by path. */
export function processKubeconfig(paths: LabPaths, user: string): string {
  return kubeconfig({
    server: `https://${NODE_ADDRESS}:${PORTS.api}`,
    authority: { "certificate-authority": `${paths.pki}/ca.crt` },
    user: { "client-certificate": `${paths.pki}/${user}.crt`, "client-key": `${paths.pki}/${user}.key` },
  });
}

/**
 * The administrator's kubeconfig: carries its certificates, so that a copy works anywhere on the machine. Its server is on
 * loopback, which no HTTPS_PROXY of the user's is asked for.
 */
export function adminKubeconfig(pem: { ca: string; certificate: string; key: string }): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return kubeconfig({
    server: `https://127.0.0.1:${PORTS.api}`,
    authority: { "certificate-authority-data": base64(pem.ca) },
    user: { "client-certificate-data": base64(pem.certificate), "client-key-data": base64(pem.key) },
  });
}

function kubeconfig(parts: { server: string; authority: object; user: object }): string {
  return json({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: CONTEXT, cluster: { server: parts.server, ...parts.authority } }],
    users: [{ name: CONTEXT, user: parts.user }],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user: CONTEXT } }],
    "current-context": CONTEXT,
  });
}

/** Addresses no proxy may be asked for. */
export function noProxy(existing: string | undefined): string {
  const ours = ["localhost", "127.0.0.1", POD_RANGE, SERVICE_RANGE, API_SERVICE_ADDRESS, ".svc", `.${CLUSTER_DOMAIN}`];
  return [...new Set([...(existing ? existing.split(",") : []), ...ours])].join(",");
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A TOML string; JSON's escapes are TOML's. */
function q(text: string): string {
  return JSON.stringify(text);
}
