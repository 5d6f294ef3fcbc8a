import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { LabFailure } from "../core/failure";
import { cachePath } from "../core/paths";
import { run } from "../core/run";

/** A Debian package and the files that prove it is there, whatever the distribution. */
export interface DebianPackage {
  name: string;
  /** Commands on PATH or in an sbin directory; all must exist. */
  commands?: readonly string[];
  /** Absolute paths, one of which must exist. */
  anyFile?: readonly string[];
}

/** What the embedded cluster runs beside its own binaries. */
export const CLUSTER_PACKAGES: readonly DebianPackage[] = [
  { name: "iptables", commands: ["iptables", "iptables-save", "iptables-restore"] },
  { name: "nftables", commands: ["nft"] },
  { name: "conntrack", commands: ["conntrack"] },
  { name: "ipset", commands: ["ipset"] },
  { name: "iproute2", commands: ["ip"] },
  { name: "ethtool", commands: ["ethtool"] },
  { name: "mount", commands: ["mount", "umount"] },
  { name: "debootstrap", commands: ["debootstrap"] },
  { name: "openssl", commands: ["openssl"] },
];

/** What building runc needs. */
export const BUILD_PACKAGES: readonly DebianPackage[] = [
  { name: "gcc", commands: ["gcc"] },
  { name: "libc6-dev", anyFile: ["/usr/include/stdlib.h"] },
  { name: "pkg-config", commands: ["pkg-config"] },
  { name: "libseccomp-dev", anyFile: ["/usr/include/seccomp.h", "/usr/local/include/seccomp.h"] },
];

/** The packages that are not there. Only reads. */
export function missingPackages(
  packages: readonly DebianPackage[],
  path = process.env.PATH ?? "",
  exists: (file: string) => boolean = existsSync,
): DebianPackage[] {
  const directories = [...path.split(delimiter).filter(Boolean), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  const onPath = (command: string) => directories.some((directory) => exists(join(directory, command)));
  return packages.filter(
    ({ commands = [], anyFile }) => !commands.every(onPath) || (anyFile !== undefined && !anyFile.some(exists)),
  );
}

/** Installs the packages by apt-get under their ordinary names. @throws LabFailure that names the command to type */
export async function installPackages(missing: readonly DebianPackage[]): Promise<void> {
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const fix = `install them: apt-get install ${names.join(" ")} (or what your distribution calls them)`;
  const what = `${names.length === 1 ? "a system package is" : "system packages are"} missing: ${names.join(", ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) throw new LabFailure(what, { fix });
  const log = cachePath("log", "apt-get.log");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = () => run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...names], { env, log });
  try {
    // A machine's package lists may be absent or too old: then they are fetched, and it is tried once more.
    await install().catch(async () => {
      await run("apt-get", ["update", "-q"], { env, log });
      await install();
    });
  } catch (error) {
    throw new LabFailure(`${what}, and apt-get could not install ${names.length === 1 ? "it" : "them"}`, {
      log,
      fix,
      cause: error,
    });
  }
}
