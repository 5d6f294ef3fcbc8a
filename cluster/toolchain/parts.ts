/** A Go main package and what its executable is called, where that is not the package's own last word. */
export interface GoProgram {
  /** Import path, or `./directory` within the part's module. */
  package: string;
  /** @default the last element of `package` */
  binary?: string;
}

/** Files of a dependency that a main of ours embeds: laid over the source tree by `go build -overlay`, not committed. */
export interface EmbeddedFiles {
  /** Module that holds them. */
  module: string;
  /** Their directory in that module. */
  from: string;
  /** Directory within the part's module that embeds them. */
  into: string;
  files: readonly string[];
}

/** A group of executables that one Go module builds. */
export interface Part {
  /** Directory of its go.mod below `cluster/toolchain`, and the start of its directory's name in the cache. */
  name: string;
  /** What it is for: `pulumi` parts are not built where Pulumi is installed, `kubernetes` parts only for the embedded cluster. */
  group: "pulumi" | "kubernetes";
  /** What is built. */
  programs: readonly GoProgram[];
  /** Further names of an executable that acts by the name it is called by. */
  links?: Readonly<Record<string, readonly string[]>>;
  /** Linked with C code. @default false: static */
  cgo?: boolean;
  /** Go build tags. */
  tags?: readonly string[];
  /** Added to `-s -w`. */
  ldflags?: readonly string[];
  /** Files of a dependency that a program embeds. */
  embedded?: EmbeddedFiles;
  /** Processor minutes of a build with nothing cached but the parts before it, as measured on two cores. */
  cpuMinutes: number;
  /** Space for its modules, compiled packages and executables, in GiB. */
  diskGiB: number;
}

/**
 * Flags of every build. The executables are stripped, so the compiler need not write debug information either: that saves a
 * tenth of its time.
 */
export const BUILD_FLAGS = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"] as const;

/** Version of Kubernetes that is built; go.mod names it too. */
export const KUBERNETES_VERSION = "1.36.3";
/** Version of the Pulumi CLI that is built; package.json has the npm package of the same version. */
export const PULUMI_VERSION = "3.215.0";
/** Version of the Kubernetes provider that is built; package.json has the npm package of the same version. */
export const KUBERNETES_PROVIDER_VERSION = "4.25.0";
/** Version of the Docker provider whose resource type the lab's own serves; package.json has the npm package of it. */
export const DOCKER_PROVIDER_VERSION = "5.2.0";

/**
 * Everything that is built from source, in the order in which it is started: the two long parts first, so that the short ones
 * fill the gaps of their single-threaded ends.
 */
export const PARTS: readonly Part[] = [
  {
    // Kubernetes, CoreDNS, BuildKit, the network plugins and the policy controller agree on one set of dependencies:
    // what they share compiles once.
    name: "kubernetes",
    group: "kubernetes",
    programs: [
      { package: "./hyperkube" },
      { package: "./coredns" },
      { package: "./kube-router" },
      { package: "./pause" },
      { package: "github.com/moby/buildkit/cmd/buildkitd" },
      { package: "github.com/moby/buildkit/cmd/buildctl" },
      { package: "github.com/containernetworking/plugins/plugins/main/bridge" },
      { package: "github.com/containernetworking/plugins/plugins/main/loopback" },
      { package: "github.com/containernetworking/plugins/plugins/ipam/host-local" },
      { package: "github.com/containernetworking/plugins/plugins/meta/portmap" },
    ],
    links: {
      hyperkube: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"],
    },
    // Upstream's release sets the version so; without it kubectl cannot parse the server's, nor the server its clients'.
    ldflags: [
      `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`,
      `-X k8s.io/component-base/version.gitMajor=${KUBERNETES_VERSION.split(".")[0]}`,
      `-X k8s.io/component-base/version.gitMinor=${KUBERNETES_VERSION.split(".")[1]}`,
      `-X k8s.io/client-go/pkg/version.gitVersion=v${KUBERNETES_VERSION}`,
    ],
    cpuMinutes: 9,
    diskGiB: 5,
  },
  {
    name: "pulumi",
    group: "pulumi",
    programs: [{ package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" }, { package: "./pulumi-resource-kubernetes" }],
    ldflags: [`-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI_VERSION}`],
    embedded: {
      module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
      from: "cmd/pulumi-resource-kubernetes",
      into: "pulumi-resource-kubernetes",
      files: ["schema.json", "terraform-mapping.json"],
    },
    cpuMinutes: 9.5,
    diskGiB: 5,
  },
  {
    name: "containerd",
    group: "kubernetes",
    programs: [
      { package: "github.com/containerd/containerd/v2/cmd/containerd" },
      { package: "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2" },
      { package: "github.com/containerd/containerd/v2/cmd/ctr" },
    ],
    cpuMinutes: 1,
    diskGiB: 1,
  },
  {
    name: "local-path-provisioner",
    group: "kubernetes",
    programs: [{ package: "github.com/rancher/local-path-provisioner" }],
    cpuMinutes: 0.1,
    diskGiB: 1,
  },
  {
    name: "etcd",
    group: "kubernetes",
    programs: [{ package: "go.etcd.io/etcd/server/v3", binary: "etcd" }],
    cpuMinutes: 0.3,
    diskGiB: 0.5,
  },
  {
    name: "nodejs-language-host",
    group: "pulumi",
    programs: [{ package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs" }],
    cpuMinutes: 0.5,
    diskGiB: 0.5,
  },
  {
    name: "runc",
    group: "kubernetes",
    programs: [{ package: "github.com/opencontainers/runc" }],
    cgo: true,
    tags: ["seccomp"],
    cpuMinutes: 0.3,
    diskGiB: 0.5,
  },
];

/** What `go build -o directory/` calls a program: the last element of its path that is not a major version. */
export function defaultBinary(program: GoProgram): string {
  const words = program.package.split("/").filter((word, index, all) => index < all.length - 1 || !/^v\d+$/.test(word));
  return words.at(-1) ?? program.package;
}

/** The executables of a part, its links included. */
export function binariesOf(part: Part): string[] {
  return part.programs
    .map((program) => program.binary ?? defaultBinary(program))
    .flatMap((name) => [name, ...(part.links?.[name] ?? [])]);
}
