import { type KUBECONFIG_USERS, kubeconfigPath } from "./configs";
import {
  BRIDGE,
  type LabPaths,
  NODE_ADDRESS,
  NODE_NAME,
  POD_RANGE,
  PORTS,
  SERVICE_RANGE,
  STORAGE_NAMESPACE,
} from "./layout";
import type { Listen, ProcessSpec } from "./process-spec";

/** Finds an upstream executable by its name; the toolchain is one. */
export interface Binaries {
  binary(name: string): string;
}

/** What the table depends on beside paths. */
export interface TableOptions {
  /** Image of the pods that make volumes' directories. */
  helperImage: string;
}

const LOOPBACK = "127.0.0.1";

/** Every process of the cluster, in the order in which they start; the reverse is the order in which they stop. */
export function processTable(paths: LabPaths, binaries: Binaries, { helperImage }: TableOptions): ProcessSpec[] {
  const pki = (name: string) => `${paths.pki}/${name}`;
  const config = (name: string) => `${paths.config}/${name}`;
  const kubeconfig = (user: (typeof KUBECONFIG_USERS)[number]) => `--kubeconfig=${kubeconfigPath(paths, user)}`;
  /** A process, with what most have in common. */
  const define = (
    name: string,
    args: string[],
    rest: Partial<ProcessSpec> & Pick<ProcessSpec, "ready" | "after">,
  ): ProcessSpec => ({
    name,
    argv: [binaries.binary(name), ...args],
    log: `${paths.log}/${name}.log`,
    files: [],
    listens: [],
    ...rest,
  });
  const cert = (name: string) => [pki(`${name}.crt`), pki(`${name}.key`)];
  const client = (user: (typeof KUBECONFIG_USERS)[number]) => [
    kubeconfigPath(paths, user),
    pki("ca.crt"),
    ...cert(user),
  ];
  const etcdUrl = (port: number) => `https://${LOOPBACK}:${port}`;

  return [
    define(
      "etcd",
      [
        `--name=${NODE_NAME}`,
        `--data-dir=${paths.etcd}`,
        `--listen-client-urls=${etcdUrl(PORTS.etcdClient)}`,
        `--advertise-client-urls=${etcdUrl(PORTS.etcdClient)}`,
        `--listen-peer-urls=${etcdUrl(PORTS.etcdPeer)}`,
        `--initial-advertise-peer-urls=${etcdUrl(PORTS.etcdPeer)}`,
        `--initial-cluster=${NODE_NAME}=${etcdUrl(PORTS.etcdPeer)}`,
        "--client-cert-auth",
        `--trusted-ca-file=${pki("etcd-ca.crt")}`,
        `--cert-file=${pki("etcd.crt")}`,
        `--key-file=${pki("etcd.key")}`,
        "--peer-client-cert-auth",
        `--peer-trusted-ca-file=${pki("etcd-ca.crt")}`,
        `--peer-cert-file=${pki("etcd.crt")}`,
        `--peer-key-file=${pki("etcd.key")}`,
        // A busy disk makes one member miss its own heartbeats; there is nobody to elect instead.
        "--heartbeat-interval=500",
        "--election-timeout=2500",
      ],
      {
        after: [],
        ready: {
          kind: "https",
          url: `${etcdUrl(PORTS.etcdClient)}/readyz`,
          ca: pki("etcd-ca.crt"),
          cert: pki("etcd-client.crt"),
          key: pki("etcd-client.key"),
        },
        files: [pki("etcd-ca.crt"), ...cert("etcd")],
        listens: [tcp(LOOPBACK, PORTS.etcdClient), tcp(LOOPBACK, PORTS.etcdPeer)],
      },
    ),
    define("containerd", ["--config", config("containerd.toml")], {
      after: [],
      ready: { kind: "socket", path: paths.containerdSocket },
      files: [config("containerd.toml"), config("cni/10-lab.conflist")],
      path: [binaries.binary("containerd-shim-runc-v2"), binaries.binary("runc")],
      proxied: true,
    }),
    define(
      "kube-apiserver",
      [
        `--bind-address=${NODE_ADDRESS}`,
        `--advertise-address=${NODE_ADDRESS}`,
        `--secure-port=${PORTS.api}`,
        `--service-cluster-ip-range=${SERVICE_RANGE}`,
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--anonymous-auth=false",
        "--profiling=false",
        "--allow-privileged=true",
        `--client-ca-file=${pki("ca.crt")}`,
        `--tls-cert-file=${pki("apiserver.crt")}`,
        `--tls-private-key-file=${pki("apiserver.key")}`,
        `--service-account-key-file=${pki("service-account.pub")}`,
        `--service-account-signing-key-file=${pki("service-account.key")}`,
        "--service-account-issuer=https://kubernetes.default.svc",
        `--etcd-servers=${etcdUrl(PORTS.etcdClient)}`,
        `--etcd-cafile=${pki("etcd-ca.crt")}`,
        `--etcd-certfile=${pki("etcd-client.crt")}`,
        `--etcd-keyfile=${pki("etcd-client.key")}`,
        "--kubelet-preferred-address-types=InternalIP",
        `--kubelet-certificate-authority=${pki("ca.crt")}`,
        `--kubelet-client-certificate=${pki("apiserver-kubelet.crt")}`,
        `--kubelet-client-key=${pki("apiserver-kubelet.key")}`,
      ],
      {
        after: ["etcd"],
        ready: {
          kind: "https",
          url: `https://${NODE_ADDRESS}:${PORTS.api}/readyz`,
          ca: pki("ca.crt"),
          cert: pki("admin.crt"),
          key: pki("admin.key"),
        },
        files: [
          ...[pki("ca.crt"), ...cert("apiserver"), ...cert("apiserver-kubelet")],
          ...[pki("etcd-ca.crt"), ...cert("etcd-client"), pki("service-account.key")],
        ],
        // On loopback packets are led to it: who listens there would be reached no more.
        listens: [tcp(NODE_ADDRESS, PORTS.api), tcp(LOOPBACK, PORTS.api)],
      },
    ),
    define(
      "kube-controller-manager",
      [
        kubeconfig("controller-manager"),
        `--bind-address=${LOOPBACK}`,
        `--secure-port=${PORTS.controllerManager}`,
        `--tls-cert-file=${pki("controller-manager.crt")}`,
        `--tls-private-key-file=${pki("controller-manager.key")}`,
        `--service-account-private-key-file=${pki("service-account.key")}`,
        `--root-ca-file=${pki("ca.crt")}`,
        "--use-service-account-credentials",
        "--allocate-node-cidrs=true",
        `--cluster-cidr=${POD_RANGE}`,
        "--node-cidr-mask-size=16",
        `--service-cluster-ip-range=${SERVICE_RANGE}`,
        "--leader-elect=false",
        "--profiling=false",
      ],
      {
        after: ["kube-apiserver"],
        ready: { kind: "https", url: `https://${LOOPBACK}:${PORTS.controllerManager}/healthz`, ca: pki("ca.crt") },
        files: [...client("controller-manager"), pki("service-account.key")],
        listens: [tcp(LOOPBACK, PORTS.controllerManager)],
      },
    ),
    define(
      "kube-scheduler",
      [
        kubeconfig("scheduler"),
        `--bind-address=${LOOPBACK}`,
        `--secure-port=${PORTS.scheduler}`,
        `--tls-cert-file=${pki("scheduler.crt")}`,
        `--tls-private-key-file=${pki("scheduler.key")}`,
        "--leader-elect=false",
        "--profiling=false",
      ],
      {
        after: ["kube-apiserver"],
        ready: { kind: "https", url: `https://${LOOPBACK}:${PORTS.scheduler}/healthz`, ca: pki("ca.crt") },
        files: client("scheduler"),
        listens: [tcp(LOOPBACK, PORTS.scheduler)],
      },
    ),
    define(
      "kubelet",
      [
        `--config=${config("kubelet.yaml")}`,
        kubeconfig("kubelet"),
        `--hostname-override=${NODE_NAME}`,
        `--node-ip=${NODE_ADDRESS}`,
        `--root-dir=${paths.kubelet}`,
        `--cert-dir=${paths.kubelet}/pki`,
      ],
      {
        after: ["containerd", "kube-apiserver"],
        ready: { kind: "http", url: `http://${LOOPBACK}:${PORTS.kubeletHealth}/healthz` },
        files: [config("kubelet.yaml"), ...client("kubelet")],
        listens: [tcp(NODE_ADDRESS, PORTS.kubelet), tcp(LOOPBACK, PORTS.kubeletHealth)],
      },
    ),
    define(
      "kube-proxy",
      [
        kubeconfig("kube-proxy"),
        "--proxy-mode=nftables",
        `--cluster-cidr=${POD_RANGE}`,
        "--detect-local-mode=BridgeInterface",
        `--pod-bridge-interface=${BRIDGE}`,
        `--hostname-override=${NODE_NAME}`,
        // NodePorts answer on the bridge's address alone, which only this machine and its pods reach.
        `--nodeport-addresses=${NODE_ADDRESS}/32`,
        `--metrics-bind-address=${LOOPBACK}:${PORTS.proxyMetrics}`,
        `--healthz-bind-address=${LOOPBACK}:${PORTS.proxyHealth}`,
        // 0 leaves the machine's connection tracking as it is.
        ...["max-per-core", "min"].map((name) => `--conntrack-${name}=0`),
        ...["established", "close-wait"].map((name) => `--conntrack-tcp-timeout-${name}=0`),
      ],
      {
        after: ["kube-apiserver"],
        ready: { kind: "http", url: `http://${LOOPBACK}:${PORTS.proxyHealth}/livez` },
        files: client("kube-proxy"),
        listens: [tcp(LOOPBACK, PORTS.proxyMetrics), tcp(LOOPBACK, PORTS.proxyHealth)],
      },
    ),
    define("coredns", [`-conf=${config("Corefile")}`], {
      after: ["kube-apiserver"],
      ready: { kind: "http", url: `http://${LOOPBACK}:${PORTS.dnsReady}/ready` },
      files: [config("Corefile"), ...client("coredns")],
      listens: [
        tcp(NODE_ADDRESS, PORTS.dns),
        { protocol: "udp", address: NODE_ADDRESS, port: PORTS.dns },
        tcp(LOOPBACK, PORTS.dnsHealth),
        tcp(LOOPBACK, PORTS.dnsReady),
      ],
    }),
    define("buildkitd", ["--config", config("buildkitd.toml")], {
      after: ["containerd"],
      ready: { kind: "socket", path: paths.buildkitSocket },
      files: [config("buildkitd.toml")],
      path: [binaries.binary("runc")],
      proxied: true,
    }),
    define(
      "local-path-provisioner",
      [
        "start",
        kubeconfig("local-path"),
        `--config=${config("local-path.json")}`,
        `--namespace=${STORAGE_NAMESPACE}`,
        `--helper-image=${helperImage}`,
        "--configmap-name=local-path-config",
        "--service-account-name=default",
      ],
      {
        after: ["kube-apiserver"],
        ready: { kind: "none" },
        files: [config("local-path.json"), ...client("local-path")],
      },
    ),
    define(
      "kube-router",
      [
        kubeconfig("kube-router"),
        `--hostname-override=${NODE_NAME}`,
        "--run-firewall=true",
        "--run-router=false",
        "--run-service-proxy=false",
        `--service-cluster-ip-range=${SERVICE_RANGE}`,
        "--service-node-port-range=30000-32767",
        "--health-port=0",
        "--metrics-port=0",
        "--iptables-sync-period=1m",
      ],
      // It reads its own node's address before anything else.
      { after: ["kubelet"], ready: { kind: "none" }, files: client("kube-router") },
    ),
  ];
}

function tcp(address: string, port: number): Listen {
  return { protocol: "tcp", address, port };
}
